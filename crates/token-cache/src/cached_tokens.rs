use std::sync::Arc;

use async_trait::async_trait;
use ringtrue_core::{
    port::{Clock, InsertOutcome, StoreError, TokenStore},
    token::{FoundToken, TokenHash, TokenId, TokenRecord},
};
use time::Duration;

use crate::cache::Cache;

/// How long a token is believed to be in force, from the moment before the store was asked: what is left of the second that
/// a revocation may take is for clocks that are being adjusted.
pub const LIFETIME: Duration = Duration::milliseconds(800);

/// How many tokens half of the cache holds.
const GENERATION_LEN_MAX: usize = 8_192;

/// Another store, whose tokens are remembered for [`LIFETIME`].
///
/// - A token that is revoked elsewhere is found for [`LIFETIME`] at most, by the clock; one that is removed here, not at all.
///   The same holds for where its holder stands.
/// - A token that is not there is looked for every time: one that was just made is found. Those who look for the same token
///   at the same time share a lookup.
/// - A token in use is looked up again before it is forgotten, in the background: its callers do not wait.
/// - While the store is down, a token is found for [`LIFETIME`], and then it is not known.
/// - The room is bounded; a caller who goes away changes nothing.
///
/// It is called on a tokio runtime, which runs the lookups.
pub struct CachedTokens<S: TokenStore + ?Sized> {
    inner: Arc<S>,
    cache: Arc<Cache<TokenHash, FoundToken, Copies>>,
}

/// The same failure for each of several callers.
type Copies = Arc<dyn Fn() -> StoreError + Send + Sync>;

fn shared(error: StoreError) -> Copies {
    Arc::new(error.copies())
}

impl<S: TokenStore + ?Sized> CachedTokens<S> {
    /// Remembers the tokens of that store.
    #[must_use]
    pub fn new(inner: Arc<S>, clock: Arc<dyn Clock>) -> Self {
        Self {
            inner,
            cache: Cache::new(clock, LIFETIME, GENERATION_LEN_MAX),
        }
    }
}

#[async_trait]
impl<S: TokenStore + ?Sized> TokenStore for CachedTokens<S> {
    async fn insert(&self, token: &TokenRecord) -> Result<InsertOutcome, StoreError> {
        self.inner.insert(token).await
    }

    async fn find(&self, hash: &TokenHash) -> Result<Option<FoundToken>, StoreError> {
        let hash = *hash;
        let found = self.cache.get(&hash, || {
            let inner = Arc::clone(&self.inner);
            async move { inner.find(&hash).await.map_err(shared) }
        });
        match found.await {
            Ok(answer) => answer.map_err(|copy| copy()),
            Err(unanswered) => Err(StoreError::Unavailable(Box::new(unanswered))),
        }
    }

    async fn list(&self) -> Result<Vec<TokenRecord>, StoreError> {
        self.inner.list().await
    }

    async fn remove(&self, id: &TokenId) -> Result<bool, StoreError> {
        let removed = self.inner.remove(id).await;
        // Even if it failed: it may have been removed all the same.
        self.cache.clear();
        removed
    }
}
