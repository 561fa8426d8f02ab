use async_trait::async_trait;
use time::OffsetDateTime;

use super::{InsertOutcome, StoreError};
use crate::{LeaseId, Sealed, idempotency::CallKey, keys::Fingerprint};

/// A wish to carry out the call of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyClaim {
    /// The call.
    pub key: CallKey,
    /// Whose wish it is, by which it can be given back.
    pub lease: LeaseId,
    /// What the call asks for.
    pub fingerprint: Fingerprint,
    /// Until when nobody else may carry it out.
    pub lease_until: OffsetDateTime,
}

/// The answer to the call of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyedReply {
    /// The call.
    pub key: CallKey,
    /// What it asked for.
    pub fingerprint: Fingerprint,
    /// What it was answered.
    pub sealed: Sealed,
    /// When this is forgotten.
    pub expires_at: OffsetDateTime,
}

/// What is known of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyState {
    /// Nothing was: the claim holds.
    Claimed,
    /// Another holds it, for a call that asks for this.
    InFlight(Fingerprint),
    /// The call was answered.
    Answered(KeyedReply),
}

/// Keeps which calls are being carried out, and what the others were answered.
///
/// A key has one answer at most. It is written by [`Self::keep`], or by the commit that it reports
/// ([`Commit::reply`](super::Commit), or an
/// [insertion](super::OrganizationStore::insert_answering)); whichever comes second writes nothing. That holds whether anybody has claimed the
/// key or not: a claim keeps callers from working in vain, and is not what makes a call take effect once.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
#[async_trait]
pub trait IdempotencyStore: Send + Sync + 'static {
    /// Claims a key, unless it has an answer that has not expired at `now`, or a claim that has not run out.
    ///
    /// Of many that claim at once, one gets it. An answer that was acknowledged before is found. Each call also forgets
    /// a few answers that have expired and claims that have run out, so that calls with keys keep the store from growing.
    async fn claim(&self, claim: &KeyClaim, now: OffsetDateTime) -> Result<KeyState, StoreError>;
    /// Keeps an answer, unless there is one, expired or not.
    async fn keep(&self, reply: &KeyedReply) -> Result<InsertOutcome, StoreError>;
    /// Gives a claim back, if it is still this one's. An answer stays.
    async fn release(&self, key: &CallKey, lease: LeaseId) -> Result<(), StoreError>;
}
