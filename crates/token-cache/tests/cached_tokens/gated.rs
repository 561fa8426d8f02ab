//! A store that answers when it is let.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use async_trait::async_trait;
use ringtrue_core::{
    access::Subject,
    port::{InsertOutcome, StoreError, TokenStore},
    token::{TokenHash, TokenId, TokenRecord},
};
use ringtrue_memory::{ManualClock, MemoryStorage};
use ringtrue_testkit::builders::{NOON, token};
use ringtrue_token_cache::CachedTokens;
use tokio::sync::Semaphore;

/// How looks at the store end.
#[derive(Clone, Copy)]
pub(crate) enum Looks {
    Work,
    Fail,
    Panic,
}

/// A store whose looks read at once, and answer when they are let.
pub(crate) struct Gated {
    inner: MemoryStorage,
    looks: Mutex<Looks>,
    asked: AtomicUsize,
    read: Semaphore,
    gate: Semaphore,
}

impl Gated {
    /// A store that answers at once.
    pub(crate) fn open() -> Arc<Self> {
        Self::with(Semaphore::MAX_PERMITS)
    }

    /// A store that answers as often as it is let.
    pub(crate) fn closed() -> Arc<Self> {
        Self::with(0)
    }

    fn with(permits: usize) -> Arc<Self> {
        Arc::new(Self {
            inner: MemoryStorage::new(),
            looks: Mutex::new(Looks::Work),
            asked: AtomicUsize::new(0),
            read: Semaphore::new(0),
            gate: Semaphore::new(permits),
        })
    }

    pub(crate) fn let_one_through(&self) {
        self.gate.add_permits(1);
    }

    /// How many looks there were.
    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    /// Waits until one more look has read what it is going to answer.
    pub(crate) async fn read(&self) {
        self.read.acquire().await.unwrap().forget();
    }

    pub(crate) fn looks(&self, looks: Looks) {
        *self.looks.lock().unwrap() = looks;
    }

    /// Stores a new token, and gives it.
    pub(crate) async fn token(&self, name: &str) -> TokenRecord {
        let token = token(Subject::Service(name.to_owned()), NOON);
        self.inner.insert(&token).await.unwrap();
        token
    }
}

#[async_trait]
impl TokenStore for Gated {
    async fn insert(&self, token: &TokenRecord) -> Result<InsertOutcome, StoreError> {
        self.inner.insert(token).await
    }

    async fn find(&self, hash: &TokenHash) -> Result<Option<TokenRecord>, StoreError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let looks = *self.looks.lock().unwrap();
        let found = match looks {
            Looks::Work => self.inner.find(hash).await,
            Looks::Fail => Err(StoreError::Unavailable("down".into())),
            Looks::Panic => panic!("a defect, as the test asked"),
        };
        self.read.add_permits(1);
        self.gate.acquire().await.unwrap().forget();
        found
    }

    async fn list(&self) -> Result<Vec<TokenRecord>, StoreError> {
        self.inner.list().await
    }

    async fn remove(&self, id: &TokenId) -> Result<bool, StoreError> {
        self.inner.remove(id).await
    }
}

/// A replica's cache over that store.
pub(crate) fn cached(store: &Arc<Gated>, clock: &ManualClock) -> Arc<CachedTokens<Gated>> {
    Arc::new(CachedTokens::new(Arc::clone(store), Arc::new(clock.clone())))
}
