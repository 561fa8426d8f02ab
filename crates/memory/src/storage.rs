use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use ringtrue_core::{
    OrgId, Organization, UserId,
    idempotency::CallKey,
    port::{KeyClaim, KeyedReply, RecordedEvent, Storage, StorageHealth, StoreError, Versioned},
    token::TokenRecord,
    user::{Claim, User},
};

use crate::queue::Queue;

/// All storage ports over one lock.
///
/// Cloning shares the contents.
#[derive(Clone, Default)]
pub struct MemoryStorage(Arc<Mutex<Contents>>);

#[derive(Default)]
pub(crate) struct Contents {
    pub(crate) users: HashMap<UserId, StoredUser>,
    pub(crate) claims: HashMap<Claim, UserId>,
    pub(crate) outbox: Queue,
    pub(crate) leased: u128,
    pub(crate) tokens: Vec<TokenRecord>,
    pub(crate) key_claims: HashMap<CallKey, KeyClaim>,
    pub(crate) key_replies: HashMap<CallKey, KeyedReply>,
    pub(crate) organizations: BTreeMap<OrgId, Organization>,
}

pub(crate) struct StoredUser {
    pub(crate) now: Versioned<User>,
    pub(crate) history: Vec<RecordedEvent>,
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
            directory: ports.clone(),
            events: ports.clone(),
            outbox: ports.clone(),
            tokens: ports.clone(),
            organizations: ports.clone(),
            phone_claims: ports.clone(),
            idempotency: ports.clone(),
            health: ports,
        }
    }

    /// The contents. A panic while they were held cannot have left them half-written: every write below checks first
    /// and only then changes.
    pub(crate) fn lock(&self) -> MutexGuard<'_, Contents> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl StorageHealth for MemoryStorage {
    async fn check(&self) -> Result<(), StoreError> {
        Ok(())
    }
}
