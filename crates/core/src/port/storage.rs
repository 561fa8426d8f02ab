use std::sync::Arc;

use async_trait::async_trait;

use super::{
    Directory, EventRetention, IdempotencyStore, OrganizationStore, Outbox, PhoneClaims, StoreError,
    TokenStore, UserStore,
};

/// Tells whether storage can serve.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
#[async_trait]
pub trait StorageHealth: Send + Sync + 'static {
    /// Succeeds when the database answers and its schema is the one that this binary was built for.
    async fn check(&self) -> Result<(), StoreError>;
}

/// All storage ports of one database.
#[derive(Clone)]
pub struct Storage {
    /// Users and their events.
    pub users: Arc<dyn UserStore>,
    /// Users, by what they are called.
    pub directory: Arc<dyn Directory>,
    /// What happened to users, to be forgotten after a while.
    pub events: Arc<dyn EventRetention>,
    /// Messages on their way.
    pub outbox: Arc<dyn Outbox>,
    /// Access tokens.
    pub tokens: Arc<dyn TokenStore>,
    /// Organisations.
    pub organizations: Arc<dyn OrganizationStore>,
    /// The claims on verified numbers, as a whole.
    pub phone_claims: Arc<dyn PhoneClaims>,
    /// Calls under a key, and their answers.
    pub idempotency: Arc<dyn IdempotencyStore>,
    /// Whether it can serve.
    pub health: Arc<dyn StorageHealth>,
}
