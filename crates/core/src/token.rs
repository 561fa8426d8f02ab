//! Access tokens: bearer secrets that stand for a subject and its roles. Only their hashes are stored.

use std::fmt;

use aws_lc_rs::{constant_time, digest};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use zeroize::Zeroizing;

use crate::{
    access::{Grant, Subject},
    user::Standing,
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

    /// Whether it may be one that we have drawn.
    #[must_use]
    pub fn is_ours(&self) -> bool {
        self.0.starts_with(PREFIX)
    }

    /// Whether it is written like a signed JWT (RFC 7519 §3.1): three parts, of which the first is a JSON object in base64url.
    #[must_use]
    pub fn is_jwt(&self) -> bool {
        let mut parts = self.0.split('.');
        let (Some(head), Some(_), Some(_), None) = (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return false;
        };
        URL_SAFE_NO_PAD
            .decode(head)
            .is_ok_and(|head| head.trim_ascii_start().starts_with(b"{"))
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

    /// Whether both are the same, in a time that does not tell how nearly.
    pub(crate) fn matches(&self, other: &Self) -> bool {
        constant_time::verify_slices_are_equal(&self.0, &other.0).is_ok()
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

/// A token as a store finds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundToken {
    /// The token.
    pub token: TokenRecord,
    /// Where the user stands whose it is. `None`: it is a program's, or there is no such user.
    pub holder: Option<Standing>,
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
    fn the_kind_of_a_token_shows_in_its_shape() {
        let kind = |text: &str| {
            let token = AccessToken::new(text);
            (token.is_ours(), token.is_jwt())
        };
        assert_eq!(kind(AccessToken::from_random(&[5; 32]).reveal()), (true, false));
        assert_eq!(kind("eyJhbGciOiJSUzI1NiJ9.e30.c2ln"), (false, true));
        assert_eq!(kind("eyJhbGciOiJub25lIn0.e30."), (false, true));
        // An encrypted JWT, which its issuer alone can read; and things with dots in them.
        for opaque in [
            "eyJhbGciOiJkaXIifQ..a.b.c",
            "a.b.c",
            "eyJhbGciOiJSUzI1NiJ9.e30",
            "ory_at_x.y",
            "",
        ] {
            assert_eq!(kind(opaque), (false, false), "{opaque}");
        }
    }

    #[test]
    fn a_token_hashes_like_its_text() {
        let token = AccessToken::from_random(&[5; 32]);
        assert_eq!(token.hash(), AccessToken::new(token.reveal()).hash());
        assert_ne!(token.hash(), AccessToken::new("rt_other").hash());
    }
}
