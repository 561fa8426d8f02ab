use std::{error::Error, sync::Arc};

use async_trait::async_trait;
use time::OffsetDateTime;

use crate::{access::Actor, token::AccessToken};

/// Who an issuer of tokens says is behind one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The user, and the roles that the token gives them here.
    pub actor: Actor,
    /// From when on the token is refused; `None` if the issuer does not say.
    pub expires_at: Option<OffsetDateTime>,
}

/// Why an issuer names nobody. `Display` carries nothing of the token, nor of what the issuer said.
#[derive(Debug, Clone, thiserror::Error)]
pub enum IdentityError {
    /// The token is not of an issuer that is trusted, not meant for this service, or not in force; nobody is told which.
    #[error("the issuer's token is not valid")]
    Invalid,
    /// Whether the token is valid cannot be found out now: what is not known is not believed.
    #[error("the issuer of the token cannot be asked")]
    Unavailable(#[source] Arc<dyn Error + Send + Sync>),
}

/// Tells who is behind the token of a trusted issuer.
///
/// An identity is that of a user: the token's subject is the user's id. It is given only for a token that the issuer has made,
/// for this service, and that is in force now, whatever the provider remembers; a token that grants nothing here still tells who
/// it is.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
#[async_trait]
pub trait IdentityProvider: Send + Sync + 'static {
    /// Finds the identity behind a token.
    async fn identify(&self, token: &AccessToken) -> Result<Identity, IdentityError>;
}
