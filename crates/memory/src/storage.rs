use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use ringtrue_core::{
    LeaseId, MessageId, OrgId, Organization, UserId,
    message::OutboxMessage,
    port::{RecordedEvent, Storage, StorageHealth, StoreError, Versioned},
    token::{TokenHash, TokenRecord},
    user::{Claim, User},
};
use time::OffsetDateTime;

/// All storage ports over one lock.
///
/// Cloning shares the contents.
#[derive(Clone, Default)]
pub struct MemoryStorage(Arc<Mutex<Contents>>);

#[derive(Default)]
pub(crate) struct Contents {
    pub(crate) users: HashMap<UserId, StoredUser>,
    pub(crate) claims: HashMap<Claim, UserId>,
    pub(crate) outbox: BTreeMap<u64, Waiting>,
    pub(crate) queued: u64,
    pub(crate) leased: u128,
    pub(crate) tokens: Vec<TokenRecord>,
    pub(crate) organizations: BTreeMap<OrgId, Organization>,
}

pub(crate) struct StoredUser {
    pub(crate) now: Versioned<User>,
    pub(crate) history: Vec<RecordedEvent>,
}

/// A message that is not settled. What is settled is forgotten: nobody asks memory what happened last week.
pub(crate) struct Waiting {
    pub(crate) message: OutboxMessage,
    pub(crate) attempts: u32,
    pub(crate) lease: Option<(LeaseId, OffsetDateTime)>,
}

impl MemoryStorage {
    /// Empty storage.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The ports.
    #[must_use]
    pub fn storage(&self) -> Storage {
        let ports = Arc::new(self.clone());
        Storage {
            users: ports.clone(),
            outbox: ports.clone(),
            tokens: ports.clone(),
            organizations: ports.clone(),
            health: ports,
        }
    }

    /// Whether a token with this hash is kept.
    pub(crate) fn token(&self, hash: &TokenHash) -> Option<TokenRecord> {
        self.lock()
            .tokens
            .iter()
            .find(|token| token.hash == *hash)
            .cloned()
    }

    /// The contents. A panic while they were held cannot have left them half-written: every write below checks first
    /// and only then changes.
    pub(crate) fn lock(&self) -> MutexGuard<'_, Contents> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Contents {
    pub(crate) fn waiting(&mut self, id: MessageId) -> Option<(u64, &Waiting)> {
        self.outbox
            .iter()
            .find(|(_, waiting)| waiting.message.id == id)
            .map(|(at, waiting)| (*at, waiting))
    }
}

#[async_trait]
impl StorageHealth for MemoryStorage {
    async fn check(&self) -> Result<(), StoreError> {
        Ok(())
    }
}
