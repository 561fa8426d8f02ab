use async_trait::async_trait;

use super::{InsertOutcome, StoreError};
use crate::token::{FoundToken, TokenHash, TokenId, TokenRecord};

/// Keeps access tokens, by their hashes.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
#[async_trait]
pub trait TokenStore: Send + Sync + 'static {
    /// Stores a new token, unless its id or its hash is taken.
    async fn insert(&self, token: &TokenRecord) -> Result<InsertOutcome, StoreError>;
    /// Finds a token by its hash, expired or not, and where its holder stands.
    async fn find(&self, hash: &TokenHash) -> Result<Option<FoundToken>, StoreError>;
    /// All tokens, oldest first.
    async fn list(&self) -> Result<Vec<TokenRecord>, StoreError>;
    /// Removes a token at once; tells whether there was one.
    async fn remove(&self, id: &TokenId) -> Result<bool, StoreError>;
}
