use async_trait::async_trait;
use ringtrue_core::{
    LeaseId,
    idempotency::CallKey,
    port::{IdempotencyStore, InsertOutcome, KeyClaim, KeyState, KeyedReply, StoreError},
};
use time::OffsetDateTime;

use crate::storage::{Contents, MemoryStorage};

#[async_trait]
impl IdempotencyStore for MemoryStorage {
    async fn claim(&self, claim: &KeyClaim, now: OffsetDateTime) -> Result<KeyState, StoreError> {
        let contents = &mut *self.lock();
        contents.key_replies.retain(|_, reply| reply.expires_at > now);
        contents.key_claims.retain(|_, held| held.lease_until > now);
        if let Some(reply) = contents.key_replies.get(&claim.key) {
            return Ok(KeyState::Answered(reply.clone()));
        }
        if let Some(held) = contents.key_claims.get(&claim.key) {
            return Ok(KeyState::InFlight(held.fingerprint.clone()));
        }
        contents.key_claims.insert(claim.key, claim.clone());
        Ok(KeyState::Claimed)
    }

    async fn keep(&self, reply: &KeyedReply) -> Result<InsertOutcome, StoreError> {
        Ok(if self.lock().answer(reply) {
            InsertOutcome::Inserted
        } else {
            InsertOutcome::Exists
        })
    }

    async fn release(&self, key: &CallKey, lease: LeaseId) -> Result<(), StoreError> {
        self.lock()
            .key_claims
            .retain(|held, claim| held != key || claim.lease != lease);
        Ok(())
    }
}

impl Contents {
    /// Keeps an answer; tells whether there was none.
    pub(crate) fn answer(&mut self, reply: &KeyedReply) -> bool {
        if self.key_replies.contains_key(&reply.key) {
            return false;
        }
        self.key_replies.insert(reply.key, reply.clone());
        true
    }
}
