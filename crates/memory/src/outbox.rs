use async_trait::async_trait;
use ringtrue_core::{
    LeaseId,
    port::{ClaimedMessage, Outbox, SettleOutcome, Settlement, StoreError},
};
use time::{Duration, OffsetDateTime};

use crate::storage::MemoryStorage;

#[async_trait]
impl Outbox for MemoryStorage {
    async fn claim(
        &self,
        limit: usize,
        lease: Duration,
        now: OffsetDateTime,
    ) -> Result<Vec<ClaimedMessage>, StoreError> {
        let mut contents = self.lock();
        let mut next_lease = contents.leased;
        let claimable = contents.outbox.soonest_first().filter(|waiting| {
            waiting.message.expires_at > now && waiting.lease.is_none_or(|(_, ends_at)| ends_at <= now)
        });
        let claimed = claimable
            .take(limit)
            .map(|waiting| {
                next_lease += 1;
                let id = LeaseId::from_bytes(next_lease.to_be_bytes());
                waiting.attempts += 1;
                waiting.lease = Some((id, now + lease));
                ClaimedMessage {
                    lease: id,
                    attempt: waiting.attempts,
                    message: waiting.message.clone(),
                }
            })
            .collect();
        contents.leased = next_lease;
        Ok(claimed)
    }

    async fn settle(
        &self,
        settlements: &[Settlement],
        _: OffsetDateTime,
    ) -> Result<Vec<SettleOutcome>, StoreError> {
        let mut contents = self.lock();
        let mut settle = |settlement: &Settlement| {
            let lease = contents
                .outbox
                .get(settlement.message)
                .and_then(|waiting| waiting.lease);
            if lease.is_some_and(|(lease, _)| lease == settlement.lease) {
                contents.outbox.remove(settlement.message);
                SettleOutcome::Settled
            } else {
                SettleOutcome::LeaseLost
            }
        };
        Ok(settlements.iter().map(&mut settle).collect())
    }

    async fn expire(&self, limit: usize, now: OffsetDateTime) -> Result<u64, StoreError> {
        Ok(self.lock().outbox.remove_expired(limit, now) as u64)
    }

    /// What is settled is forgotten already.
    async fn forget(&self, _: usize, _: OffsetDateTime) -> Result<u64, StoreError> {
        Ok(0)
    }

    async fn unsettled(&self) -> Result<u64, StoreError> {
        Ok(self.lock().outbox.len() as u64)
    }
}
