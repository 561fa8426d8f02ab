use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use ringtrue_core::{
    port::{Clock, Identity, IdentityError, IdentityProvider},
    token::{AccessToken, TokenHash},
};

use crate::cache::Cache;

/// How many identities half of the cache holds.
const GENERATION_LEN_MAX: usize = 8_192;

/// Another provider, whose identities are remembered for a while.
///
/// What [`CachedTokens`](crate::CachedTokens) promises of tokens, with a lifetime of one's choice: an identity is believed for
/// so long from the moment before the provider was asked, and never beyond its own end; a token that is refused is asked about
/// every time; those who ask at the same time share an answer; one in use is asked about again in the background.
pub struct CachedIdentities<P: IdentityProvider + ?Sized> {
    inner: Arc<P>,
    clock: Arc<dyn Clock>,
    cache: Arc<Cache<TokenHash, Identity, IdentityError>>,
}

impl<P: IdentityProvider + ?Sized> CachedIdentities<P> {
    /// Remembers the identities of that provider for `lifetime`.
    #[must_use]
    pub fn new(inner: Arc<P>, clock: Arc<dyn Clock>, lifetime: Duration) -> Self {
        let lifetime = time::Duration::try_from(lifetime).unwrap_or(time::Duration::MINUTE);
        Self {
            inner,
            cache: Cache::new(Arc::clone(&clock), lifetime, GENERATION_LEN_MAX),
            clock,
        }
    }
}

#[async_trait]
impl<P: IdentityProvider + ?Sized> IdentityProvider for CachedIdentities<P> {
    async fn identify(&self, token: &AccessToken) -> Result<Identity, IdentityError> {
        let hash = token.hash();
        let found = self.cache.get(&hash, || {
            let (inner, token) = (Arc::clone(&self.inner), token.clone());
            async move {
                match inner.identify(&token).await {
                    Ok(identity) => Ok(Some(identity)),
                    Err(IdentityError::Invalid) => Ok(None),
                    Err(unavailable) => Err(unavailable),
                }
            }
        });
        let found = found
            .await
            .map_err(|unanswered| IdentityError::Unavailable(Arc::new(unanswered)))??;
        let in_force = |identity: &Identity| identity.expires_at.is_none_or(|end| self.clock.now() < end);
        found.filter(in_force).ok_or(IdentityError::Invalid)
    }
}
