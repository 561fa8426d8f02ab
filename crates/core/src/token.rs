//! Access tokens: bearer secrets that stand for a subject and its roles. Only their hashes are stored.

use std::{fmt, sync::Arc};

use aws_lc_rs::{constant_time, digest};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use zeroize::Zeroizing;

use crate::{
    access::{Actor, Grant, Role, Subject},
    port::{Clock, StoreError, TokenStore},
};

/// How a drawn token begins, so that secret scanners can find one that leaked.
const PREFIX: &str = "rt_";

/// A token in clear. `Debug` does not show it.
#[derive(Clone)]
pub struct AccessToken(Zeroizing<String>);

impl AccessToken {
    /// A new token out of 32 random bytes.
    #[must_use]
    pub fn from_random(bytes: &[u8; 32]) -> Self {
        Self(Zeroizing::new(format!(
            "{PREFIX}{}",
            URL_SAFE_NO_PAD.encode(bytes)
        )))
    }

    /// A token that somebody presented or configured.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(Zeroizing::new(text.to_owned()))
    }

    /// The token in clear, to show once to whom it is for.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Its SHA-256. A token has 256 random bits, so that a plain hash cannot be reversed by guessing.
    #[must_use]
    pub fn hash(&self) -> TokenHash {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(digest::digest(&digest::SHA256, self.0.as_bytes()).as_ref());
        TokenHash(bytes)
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccessToken(..)")
    }
}

/// The SHA-256 of a token.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TokenHash([u8; 32]);

impl TokenHash {
    /// Takes the bytes that a store kept.
    #[must_use]
    pub const fn from_stored(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenHash(..)")
    }
}

/// Names a token without giving it away: what `token list` shows and `token revoke` takes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TokenId(String);

impl TokenId {
    /// An id out of random bits: sixteen hexadecimal digits.
    #[must_use]
    pub fn from_random(bytes: &[u8; 16]) -> Self {
        Self(hex::encode(&bytes[..8]))
    }

    /// Takes a text that a store kept, or that an operator typed; one that names no token finds none.
    #[must_use]
    pub fn from_text(text: String) -> Self {
        Self(text)
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A token as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRecord {
    /// Its name.
    pub id: TokenId,
    /// Its hash.
    pub hash: TokenHash,
    /// Whose it is.
    pub subject: Subject,
    /// What its holder may do beyond what everybody may do to themselves.
    pub grants: Vec<Grant>,
    /// When it was made.
    pub created_at: OffsetDateTime,
    /// From when on it is refused.
    pub expires_at: Option<OffsetDateTime>,
}

/// Why a caller is not known.
#[derive(Debug, thiserror::Error)]
pub enum AuthenticationError {
    /// No token that is in force: unknown, revoked or expired, and nobody is told which.
    #[error("the token is not valid")]
    Invalid,
    /// The store could not say.
    #[error("could not look the token up")]
    Store(#[from] StoreError),
}

/// Tells who is behind a token.
pub struct Authenticator {
    tokens: Arc<dyn TokenStore>,
    clock: Arc<dyn Clock>,
    bootstrap: Option<TokenHash>,
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
        }
    }

    /// Finds the actor behind a token that is in force now.
    pub async fn authenticate(&self, token: &AccessToken) -> Result<Actor, AuthenticationError> {
        let hash = token.hash();
        let bootstraps =
            |known: &TokenHash| constant_time::verify_slices_are_equal(&known.0, &hash.0).is_ok();
        if self.bootstrap.as_ref().is_some_and(bootstraps) {
            let grants = Grant::new(Role::IamOwner, None).into_iter().collect();
            return Ok(Actor {
                subject: Subject::Service("bootstrap".to_owned()),
                grants,
            });
        }
        let record = self
            .tokens
            .find(&hash)
            .await?
            .ok_or(AuthenticationError::Invalid)?;
        if record.expires_at.is_some_and(|end| end <= self.clock.now()) {
            return Err(AuthenticationError::Invalid);
        }
        Ok(Actor {
            subject: record.subject,
            grants: record.grants,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_never_shows_itself_in_debug_output() {
        let token = AccessToken::from_random(&[5; 32]);
        assert!(token.reveal().starts_with("rt_"));
        assert_eq!(
            format!("{token:?} {:?}", token.hash()),
            "AccessToken(..) TokenHash(..)"
        );
    }

    #[test]
    fn a_token_hashes_like_its_text() {
        let token = AccessToken::from_random(&[5; 32]);
        assert_eq!(token.hash(), AccessToken::new(token.reveal()).hash());
        assert_ne!(token.hash(), AccessToken::new("rt_other").hash());
    }
}
