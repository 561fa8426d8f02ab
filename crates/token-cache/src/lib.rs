//! A cache of who is behind a token: a call finds out who makes it without a round trip, and a revocation still works within a
//! second.

mod cache;
mod cached_identities;
mod cached_tokens;
mod kept;

pub use cached_identities::CachedIdentities;
pub use cached_tokens::{CachedTokens, LIFETIME};
