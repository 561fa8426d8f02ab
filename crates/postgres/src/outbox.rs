use async_trait::async_trait;
use ringtrue_core::{
    CodeId, LeaseId, MessageId, Sealed, UserId,
    message::OutboxMessage,
    port::{ClaimedMessage, Outbox, SettleOutcome, Settlement, StoreError},
};
use sqlx::{Row as _, postgres::PgRow};
use time::{Duration, OffsetDateTime};

use crate::{
    at_hand::AtHand,
    error::{rejected, store_error},
};

/// Keeps the messages that commits have queued in PostgreSQL.
#[derive(Debug, Clone)]
pub(crate) struct PostgresOutbox {
    connections: AtHand,
}

impl PostgresOutbox {
    pub(crate) const fn new(connections: AtHand) -> Self {
        Self { connections }
    }
}

#[async_trait]
impl Outbox for PostgresOutbox {
    async fn claim(
        &self,
        limit: usize,
        lease: Duration,
        now: OffsetDateTime,
    ) -> Result<Vec<ClaimedMessage>, StoreError> {
        let statement = sqlx::query(include_str!("sql/outbox_claim.sql"))
            .bind(now)
            .bind(now + lease)
            .bind(i64::try_from(limit).unwrap_or(i64::MAX));
        let rows = self.connections.fetch_all(statement).await.map_err(store_error)?;
        Ok(soonest_first(rows.iter().map(read).collect::<Result<_, _>>()?))
    }

    async fn settle(
        &self,
        settlements: &[Settlement],
        now: OffsetDateTime,
    ) -> Result<Vec<SettleOutcome>, StoreError> {
        if settlements.is_empty() {
            return Ok(Vec::new());
        }
        // Nothing is claimed, so that it does not matter for how long.
        let (outcomes, _) = self.settle_and_claim(settlements, 0, Duration::ZERO, now).await?;
        Ok(outcomes)
    }

    async fn settle_and_claim(
        &self,
        settlements: &[Settlement],
        limit: usize,
        lease: Duration,
        now: OffsetDateTime,
    ) -> Result<(Vec<SettleOutcome>, Vec<ClaimedMessage>), StoreError> {
        let rows = Settlements::of(settlements);
        let statement = sqlx::query(include_str!("sql/outbox_settle_and_claim.sql"))
            .bind(&rows.messages)
            .bind(&rows.leases)
            .bind(&rows.states)
            .bind(&rows.references)
            .bind(&rows.reasons)
            .bind(now)
            .bind(now + lease)
            .bind(i64::try_from(limit).unwrap_or(i64::MAX));
        let answers = self.connections.fetch_all(statement).await.map_err(store_error)?;
        let (mut settled, mut claimed) = (Vec::new(), Vec::new());
        for answer in &answers {
            // A row tells either where a settlement that counted stands, or what was claimed.
            match answer.try_get("position").map_err(store_error)? {
                Some(position) => settled.push(position),
                None => claimed.push(read(answer)?),
            }
        }
        Ok((rows.outcomes(&settled)?, soonest_first(claimed)))
    }

    async fn expire(&self, limit: usize, now: OffsetDateTime) -> Result<u64, StoreError> {
        let done = sqlx::query(include_str!("sql/outbox_expire.sql"))
            .bind(now)
            .bind(i64::try_from(limit).unwrap_or(i64::MAX))
            .execute(self.connections.pool())
            .await
            .map_err(store_error)?;
        Ok(done.rows_affected())
    }

    /// Whole weeks of them are forgotten with their partition instead: see [`crate::partitions`].
    async fn forget(&self, limit: usize, before: OffsetDateTime) -> Result<u64, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let in_place = self.forget_by(include_str!("sql/outbox_forget_in_place.sql"), limit, before);
        let in_place = in_place.await?;
        let left = limit.saturating_sub_unsigned(in_place);
        let others = self.forget_by(include_str!("sql/outbox_forget.sql"), left, before);
        Ok(in_place + others.await?)
    }

    async fn unsettled(&self) -> Result<u64, StoreError> {
        let count: i64 = sqlx::query_scalar(include_str!("sql/outbox_unsettled.sql"))
            .fetch_one(self.connections.pool())
            .await
            .map_err(store_error)?;
        u64::try_from(count).map_err(rejected)
    }
}

impl PostgresOutbox {
    async fn forget_by(
        &self,
        statement: &'static str,
        limit: i64,
        before: OffsetDateTime,
    ) -> Result<u64, StoreError> {
        let done = sqlx::query(statement)
            .bind(before)
            .bind(limit)
            .execute(self.connections.pool())
            .await
            .map_err(store_error)?;
        Ok(done.rows_affected())
    }
}

/// Settlements as the arrays that the statements take.
#[derive(Default)]
struct Settlements<'a> {
    messages: Vec<&'a [u8]>,
    leases: Vec<&'a [u8]>,
    states: Vec<&'static str>,
    references: Vec<Option<&'a str>>,
    reasons: Vec<Option<&'static str>>,
}

impl<'a> Settlements<'a> {
    fn of(settlements: &'a [Settlement]) -> Self {
        let mut rows = Self::default();
        for settlement in settlements {
            rows.messages.push(settlement.message.as_bytes());
            rows.leases.push(settlement.lease.as_bytes());
            rows.states.push(settlement.outcome.state());
            rows.references.push(settlement.outcome.reference());
            rows.reasons.push(settlement.outcome.reason());
        }
        rows
    }

    /// What became of each, by the positions, from one, of those that counted.
    fn outcomes(&self, settled: &[i64]) -> Result<Vec<SettleOutcome>, StoreError> {
        let mut outcomes = vec![SettleOutcome::LeaseLost; self.messages.len()];
        for position in settled {
            let index = usize::try_from(position - 1).map_err(rejected)?;
            if let Some(outcome) = outcomes.get_mut(index) {
                *outcome = SettleOutcome::Settled;
            }
        }
        Ok(outcomes)
    }
}

/// An UPDATE returns its rows in no particular order.
fn soonest_first(mut claimed: Vec<ClaimedMessage>) -> Vec<ClaimedMessage> {
    claimed.sort_by_key(|claimed| (claimed.message.expires_at, claimed.message.id));
    claimed
}

fn read(row: &PgRow) -> Result<ClaimedMessage, StoreError> {
    let bytes = |column| -> Result<[u8; 16], StoreError> {
        let bytes: &[u8] = row.try_get(column).map_err(store_error)?;
        bytes.try_into().map_err(rejected)
    };
    let attempts: i32 = row.try_get("attempts").map_err(store_error)?;
    let message = OutboxMessage {
        id: MessageId::from_bytes(bytes("message_id")?),
        user: UserId::from_stored(row.try_get("user_id").map_err(store_error)?),
        code: CodeId::from_bytes(bytes("code_id")?),
        expires_at: row.try_get("expires_at").map_err(store_error)?,
        sealed: Sealed {
            key_id: row.try_get("key_id").map_err(store_error)?,
            bytes: row.try_get("sealed").map_err(store_error)?,
        },
    };
    Ok(ClaimedMessage {
        lease: LeaseId::from_bytes(bytes("lease_id")?),
        attempt: u32::try_from(attempts).map_err(rejected)?,
        message,
    })
}
