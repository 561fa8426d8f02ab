//! Calls under keys that are over, for adapters to look at what is left of them in their tables.

#![expect(
    clippy::missing_panics_doc,
    clippy::unwrap_used,
    reason = "a check that cannot go on panics"
)]

use ringtrue_core::port::{IdempotencyStore, KeyState};
use time::Duration;

use crate::builders::{NOON, call_key, key_claim, keyed_reply};

/// Answers twenty calls and, when these answers have expired, claims fifteen other keys: these alone are left if what has
/// expired goes as other calls come.
pub async fn claim_fifteen_keys_after_twenty_have_expired(calls: &dyn IdempotencyStore) {
    let mut now = NOON;
    for _ in 0..20 {
        let claim = key_claim(call_key(), now);
        assert_eq!(calls.claim(&claim, now).await.unwrap(), KeyState::Claimed);
        calls.keep(&keyed_reply(claim.key)).await.unwrap();
    }
    now += Duration::days(2);
    for _ in 0..15 {
        let claim = key_claim(call_key(), now);
        assert_eq!(calls.claim(&claim, now).await.unwrap(), KeyState::Claimed);
    }
}
