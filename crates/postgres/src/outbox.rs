use async_trait::async_trait;
use ringtrue_core::{
    CodeId, LeaseId, MessageId, Sealed, UserId,
    message::OutboxMessage,
    port::{ClaimedMessage, Outbox, SettleOutcome, Settlement, SettlementOutcome, StoreError},
};
use sqlx::{PgPool, Row as _, postgres::PgRow};
use time::{Duration, OffsetDateTime};

use crate::error::{rejected, store_error};

/// Keeps the messages that commits have queued in PostgreSQL.
#[derive(Debug, Clone)]
pub struct PostgresOutbox {
    pool: PgPool,
}

impl PostgresOutbox {
    pub(crate) const fn new(pool: PgPool) -> Self {
        Self { pool }
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
        let rows = sqlx::query(include_str!("sql/outbox_claim.sql"))
            .bind(now)
            .bind(now + lease)
            .bind(i64::try_from(limit).unwrap_or(i64::MAX))
            .fetch_all(&self.pool)
            .await
            .map_err(store_error)?;
        rows.iter().map(read).collect()
    }

    async fn settle(
        &self,
        settlements: &[Settlement],
        now: OffsetDateTime,
    ) -> Result<Vec<SettleOutcome>, StoreError> {
        if settlements.is_empty() {
            return Ok(Vec::new());
        }
        let (mut messages, mut leases) = (Vec::new(), Vec::new());
        let (mut states, mut references, mut reasons) = (Vec::new(), Vec::new(), Vec::new());
        for settlement in settlements {
            let (state, reference, reason) = match &settlement.outcome {
                SettlementOutcome::Sent { reference } => ("sent", Some(reference.as_str()), None),
                SettlementOutcome::Failed(reason) => ("failed", None, Some(reason.as_str())),
            };
            messages.push(settlement.message.as_bytes().as_slice());
            leases.push(settlement.lease.as_bytes().as_slice());
            states.push(state);
            references.push(reference);
            reasons.push(reason);
        }
        let settled: Vec<i64> = sqlx::query_scalar(include_str!("sql/outbox_settle.sql"))
            .bind(messages)
            .bind(leases)
            .bind(states)
            .bind(references)
            .bind(reasons)
            .bind(now)
            .fetch_all(&self.pool)
            .await
            .map_err(store_error)?;
        let mut outcomes = vec![SettleOutcome::LeaseLost; settlements.len()];
        for position in settled {
            // Positions count from one.
            let index = usize::try_from(position - 1).map_err(rejected)?;
            if let Some(outcome) = outcomes.get_mut(index) {
                *outcome = SettleOutcome::Settled;
            }
        }
        Ok(outcomes)
    }

    async fn expire(&self, now: OffsetDateTime) -> Result<u64, StoreError> {
        let done = sqlx::query(include_str!("sql/outbox_expire.sql"))
            .bind(now)
            .execute(&self.pool)
            .await
            .map_err(store_error)?;
        Ok(done.rows_affected())
    }

    async fn unsettled(&self) -> Result<u64, StoreError> {
        let count: i64 = sqlx::query_scalar(include_str!("sql/outbox_unsettled.sql"))
            .fetch_one(&self.pool)
            .await
            .map_err(store_error)?;
        u64::try_from(count).map_err(rejected)
    }
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
