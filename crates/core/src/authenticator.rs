//! Who calls: tokens of our own, the token of the configuration, and those of trusted issuers.

use std::{error::Error, sync::Arc};

use crate::{
    access::{Actor, Grant, Role, Subject},
    port::{Clock, IdentityError, IdentityProvider, StoreError, TokenStore},
    token::{AccessToken, FoundToken, TokenHash},
    user::Standing,
};

/// Why a caller is not known.
#[derive(Debug, thiserror::Error)]
pub enum AuthenticationError {
    /// No token that is in force: unknown, revoked, expired, of a user who is locked or inactive, or meant for others; and nobody
    /// is told which.
    #[error("the token is not valid")]
    Invalid,
    /// The store could not say.
    #[error("could not look the token up")]
    Store(#[from] StoreError),
    /// The token's issuer could not say.
    #[error("could not ask the token's issuer")]
    Issuer(#[source] Arc<dyn Error + Send + Sync>),
}

/// Whom to ask about tokens that are not ours.
#[derive(Clone)]
pub struct Issuers {
    /// About signed JWTs.
    pub jwts: Arc<dyn IdentityProvider>,
    /// About all others; `None`: there are none.
    pub opaque: Option<Arc<dyn IdentityProvider>>,
}

/// Tells who is behind a token.
pub struct Authenticator {
    tokens: Arc<dyn TokenStore>,
    clock: Arc<dyn Clock>,
    bootstrap: Option<TokenHash>,
    issuers: Option<Issuers>,
}

impl Authenticator {
    /// Looks tokens up in `tokens`; `bootstrap`, if any, is a token of the configuration that is granted `IAM_OWNER`. It is
    /// in force as long as it is configured, and is never stored.
    #[must_use]
    pub fn new(tokens: Arc<dyn TokenStore>, clock: Arc<dyn Clock>, bootstrap: Option<&AccessToken>) -> Self {
        Self {
            tokens,
            clock,
            bootstrap: bootstrap.map(AccessToken::hash),
            issuers: None,
        }
    }

    /// Trusts issuers besides. What does not look like a token that we have drawn is for them alone.
    #[must_use]
    pub fn trusting(self, issuers: Issuers) -> Self {
        Self {
            issuers: Some(issuers),
            ..self
        }
    }

    /// Finds the actor behind a token that is in force now.
    pub async fn authenticate(&self, token: &AccessToken) -> Result<Actor, AuthenticationError> {
        let hash = token.hash();
        if self.bootstrap.as_ref().is_some_and(|known| known.matches(&hash)) {
            let grants = Grant::new(Role::IamOwner, None).into_iter().collect();
            return Ok(Actor {
                subject: Subject::Service("bootstrap".to_owned()),
                grants,
            });
        }
        match &self.issuers {
            Some(issuers) if !token.is_ours() => self.identified(issuers, token).await,
            _ => self.stored(&hash).await,
        }
    }

    async fn stored(&self, hash: &TokenHash) -> Result<Actor, AuthenticationError> {
        let found = self.tokens.find(hash).await?;
        let FoundToken { token, holder } = found.ok_or(AuthenticationError::Invalid)?;
        let has_ended = token.expires_at.is_some_and(|end| end <= self.clock.now());
        let is_shut_out = holder.is_some_and(|standing| standing != Standing::Active);
        if has_ended || is_shut_out {
            return Err(AuthenticationError::Invalid);
        }
        Ok(Actor {
            subject: token.subject,
            grants: token.grants,
        })
    }

    async fn identified(&self, issuers: &Issuers, token: &AccessToken) -> Result<Actor, AuthenticationError> {
        let provider = if token.is_jwt() {
            Some(&issuers.jwts)
        } else {
            issuers.opaque.as_ref()
        };
        let provider = provider.ok_or(AuthenticationError::Invalid)?;
        match provider.identify(token).await {
            Ok(identity) => Ok(identity.actor),
            Err(IdentityError::Invalid) => Err(AuthenticationError::Invalid),
            Err(IdentityError::Unavailable(source)) => Err(AuthenticationError::Issuer(source)),
        }
    }
}
