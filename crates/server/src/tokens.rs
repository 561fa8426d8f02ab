//! Drawing access tokens.

use ringtrue_core::{
    access::{Grant, Subject},
    port::IdSource,
    token::{AccessToken, TokenId, TokenRecord},
};
use time::OffsetDateTime;
use zeroize::Zeroizing;

use crate::system::fill;

/// A new token, out of 256 random bits.
pub(crate) fn draw() -> AccessToken {
    let mut bytes = Zeroizing::new([0; 32]);
    fill(bytes.as_mut());
    AccessToken::from_random(&bytes)
}

/// The token as it is stored: its hash, under an id of its own.
pub(crate) fn record(
    token: &AccessToken,
    ids: &dyn IdSource,
    subject: Subject,
    grants: Vec<Grant>,
    created_at: OffsetDateTime,
    expires_at: Option<OffsetDateTime>,
) -> TokenRecord {
    TokenRecord {
        id: TokenId::from_random(&ids.random()),
        hash: token.hash(),
        subject,
        grants,
        created_at,
        expires_at,
    }
}
