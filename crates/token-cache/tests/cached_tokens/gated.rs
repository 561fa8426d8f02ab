//! A store that answers when it is let.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use async_trait::async_trait;
use ringtrue_core::{
    access::Subject,
    port::{InsertOutcome, StoreError, TokenStore},
    token::{FoundToken, TokenHash, TokenId, TokenRecord},
};
use ringtrue_memory::{ManualClock, MemoryStorage};
use ringtrue_testkit::builders::{NOON, token};
use ringtrue_token_cache::CachedTokens;
use tokio::sync::Semaphore;

/// How lookups at the store end.
#[derive(Clone, Copy)]
pub(crate) enum Lookups {
    Work,
    Fail,
    Panic,
}

/// A store whose lookups read at once, and answer when they are let.
pub(crate) struct Gated {
    inner: MemoryStorage,
    lookups: Mutex<Lookups>,
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
            lookups: Mutex::new(Lookups::Work),
            asked: AtomicUsize::new(0),
            read: Semaphore::new(0),
            gate: Semaphore::new(permits),
        })
    }

    pub(crate) fn let_one_through(&self) {
        self.gate.add_permits(1);
    }

    /// How many lookups there were.
    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    /// Waits until one more lookup has read what it is going to answer.
    pub(crate) async fn read(&self) {
        self.read.acquire().await.unwrap().forget();
    }

    pub(crate) fn lookups(&self, lookups: Lookups) {
        *self.lookups.lock().unwrap() = lookups;
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

    async fn find(&self, hash: &TokenHash) -> Result<Option<FoundToken>, StoreError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let lookups = *self.lookups.lock().unwrap();
        let found = match lookups {
            Lookups::Work => self.inner.find(hash).await,
            Lookups::Fail => Err(StoreError::Unavailable("down".into())),
            Lookups::Panic => panic!("a defect, as the test asked"),
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
