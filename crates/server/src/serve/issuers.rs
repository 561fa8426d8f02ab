use std::sync::Arc;

use ringtrue_core::{
    authenticator::Issuers,
    port::{Clock, IdentityProvider},
};
use ringtrue_oidc::{Introspection, JwtIssuers};
use ringtrue_token_cache::CachedIdentities;
use tracing::info;

use crate::{config::TrustedIssuer, failure::Failure};

/// Whom to ask about tokens that are not ours; `None`: nobody is trusted.
pub(super) fn trusted(issuers: &[TrustedIssuer], clock: &Arc<dyn Clock>) -> Result<Option<Issuers>, Failure> {
    if issuers.is_empty() {
        return Ok(None);
    }
    let unusable = |error| Failure::because("could not use auth.issuers", &error);
    let configs = issuers.iter().map(|issuer| issuer.config.clone()).collect();
    let jwts = Arc::new(JwtIssuers::new(configs, clock).map_err(unusable)?);
    let mut opaque = None;
    for issuer in issuers {
        info!(issuer = issuer.config.issuer, "tokens of an issuer are taken");
        if let Some(tokens) = &issuer.opaque {
            let introspection = Introspection::new(issuer.config.clone(), tokens.access.clone(), clock);
            let introspection = Arc::new(introspection.map_err(unusable)?);
            let cached = CachedIdentities::new(introspection, Arc::clone(clock), tokens.lifetime);
            opaque = Some(Arc::new(cached) as Arc<dyn IdentityProvider>);
        }
    }
    // Nobody waits for it: an issuer that is away must not keep the server from starting.
    tokio::spawn({
        let jwts = Arc::clone(&jwts);
        async move { jwts.warm_up().await }
    });
    Ok(Some(Issuers { jwts, opaque }))
}
