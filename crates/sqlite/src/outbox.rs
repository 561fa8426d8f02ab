use std::collections::HashMap;

use async_trait::async_trait;
use ringtrue_core::{
    CodeId, LeaseId, MessageId, Sealed, UserId,
    message::OutboxMessage,
    port::{ClaimedMessage, Outbox, SettleOutcome, Settlement, StoreError},
};
use sqlx::{Row as _, SqliteConnection, SqlitePool, sqlite::SqliteRow};
use time::{Duration, OffsetDateTime};

use crate::{
    error::{rejected, store_error},
    instant::{from_micros, to_micros},
};

/// Keeps the messages that commits have queued in SQLite.
#[derive(Debug, Clone)]
pub(crate) struct SqliteOutbox {
    writer: SqlitePool,
    readers: SqlitePool,
}

impl SqliteOutbox {
    pub(crate) const fn new(writer: SqlitePool, readers: SqlitePool) -> Self {
        Self { writer, readers }
    }
}

#[async_trait]
impl Outbox for SqliteOutbox {
    async fn claim(
        &self,
        limit: usize,
        lease: Duration,
        now: OffsetDateTime,
    ) -> Result<Vec<ClaimedMessage>, StoreError> {
        claim(&self.writer, limit, lease, now).await
    }

    async fn settle(
        &self,
        settlements: &[Settlement],
        now: OffsetDateTime,
    ) -> Result<Vec<SettleOutcome>, StoreError> {
        if settlements.is_empty() {
            return Ok(Vec::new());
        }
        let mut transaction = self
            .writer
            .begin_with("BEGIN IMMEDIATE")
            .await
            .map_err(store_error)?;
        let outcomes = settle(&mut transaction, settlements, now).await?;
        transaction.commit().await.map_err(store_error)?;
        Ok(outcomes)
    }

    async fn settle_and_claim(
        &self,
        settlements: &[Settlement],
        limit: usize,
        lease: Duration,
        now: OffsetDateTime,
    ) -> Result<(Vec<SettleOutcome>, Vec<ClaimedMessage>), StoreError> {
        let mut transaction = self
            .writer
            .begin_with("BEGIN IMMEDIATE")
            .await
            .map_err(store_error)?;
        let outcomes = settle(&mut transaction, settlements, now).await?;
        let claimed = claim(&mut *transaction, limit, lease, now).await?;
        transaction.commit().await.map_err(store_error)?;
        Ok((outcomes, claimed))
    }

    async fn expire(&self, limit: usize, now: OffsetDateTime) -> Result<u64, StoreError> {
        let done = sqlx::query(include_str!("sql/outbox_expire.sql"))
            .bind(to_micros(now)?)
            .bind(i64::try_from(limit).unwrap_or(i64::MAX))
            .execute(&self.writer)
            .await
            .map_err(store_error)?;
        Ok(done.rows_affected())
    }

    async fn forget(&self, limit: usize, before: OffsetDateTime) -> Result<u64, StoreError> {
        let done = sqlx::query(include_str!("sql/outbox_forget.sql"))
            .bind(to_micros(before)?)
            .bind(i64::try_from(limit).unwrap_or(i64::MAX))
            .execute(&self.writer)
            .await
            .map_err(store_error)?;
        Ok(done.rows_affected())
    }

    async fn unsettled(&self) -> Result<u64, StoreError> {
        let count: i64 = sqlx::query_scalar(include_str!("sql/outbox_unsettled.sql"))
            .fetch_one(&self.readers)
            .await
            .map_err(store_error)?;
        u64::try_from(count).map_err(rejected)
    }
}

async fn claim(
    executor: impl sqlx::SqliteExecutor<'_>,
    limit: usize,
    lease: Duration,
    now: OffsetDateTime,
) -> Result<Vec<ClaimedMessage>, StoreError> {
    let rows = sqlx::query(include_str!("sql/outbox_claim.sql"))
        .bind(to_micros(now)?)
        .bind(to_micros(now + lease)?)
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .fetch_all(executor)
        .await
        .map_err(store_error)?;
    let mut claimed: Vec<ClaimedMessage> = rows.iter().map(read).collect::<Result<_, _>>()?;
    // An UPDATE returns its rows in no particular order.
    claimed.sort_by_key(|claimed| (claimed.message.expires_at, claimed.message.id));
    Ok(claimed)
}

async fn settle(
    connection: &mut SqliteConnection,
    settlements: &[Settlement],
    now: OffsetDateTime,
) -> Result<Vec<SettleOutcome>, StoreError> {
    if settlements.is_empty() {
        return Ok(Vec::new());
    }
    let mut leases = leases(connection, settlements).await?;
    let mut won = Vec::with_capacity(settlements.len());
    let mut outcomes = Vec::with_capacity(settlements.len());
    for settlement in settlements {
        let message = hex::encode(settlement.message.as_bytes());
        if leases.get(&message) != Some(&settlement.lease) {
            outcomes.push(SettleOutcome::LeaseLost);
            continue;
        }
        // Of two settlements of one claim, the first counts.
        leases.remove(&message);
        outcomes.push(SettleOutcome::Settled);
        let outcome = &settlement.outcome;
        won.push((message, outcome.state(), outcome.reference(), outcome.reason()));
    }
    sqlx::query(include_str!("sql/outbox_settle.sql"))
        .bind(serde_json::to_string(&won).map_err(rejected)?)
        .bind(to_micros(now)?)
        .execute(connection)
        .await
        .map_err(store_error)?;
    Ok(outcomes)
}

/// The leases that messages are under, by the message's id in hexadecimal digits.
async fn leases(
    connection: &mut SqliteConnection,
    settlements: &[Settlement],
) -> Result<HashMap<String, LeaseId>, StoreError> {
    let messages: Vec<String> = settlements
        .iter()
        .map(|settlement| hex::encode(settlement.message.as_bytes()))
        .collect();
    let rows: Vec<(Vec<u8>, Vec<u8>)> = sqlx::query_as(include_str!("sql/outbox_leases.sql"))
        .bind(serde_json::to_string(&messages).map_err(rejected)?)
        .fetch_all(connection)
        .await
        .map_err(store_error)?;
    let lease = |(message, lease): (Vec<u8>, Vec<u8>)| {
        let lease = lease.as_slice().try_into().map_err(rejected)?;
        Ok((hex::encode(&message), LeaseId::from_bytes(lease)))
    };
    rows.into_iter().map(lease).collect()
}

fn read(row: &SqliteRow) -> Result<ClaimedMessage, StoreError> {
    let bytes = |column| -> Result<[u8; 16], StoreError> {
        let bytes: &[u8] = row.try_get(column).map_err(store_error)?;
        bytes.try_into().map_err(rejected)
    };
    let message = OutboxMessage {
        id: MessageId::from_bytes(bytes("message_id")?),
        user: UserId::from_stored(row.try_get("user_id").map_err(store_error)?),
        code: CodeId::from_bytes(bytes("code_id")?),
        expires_at: from_micros(row.try_get("expires_at").map_err(store_error)?)?,
        sealed: Sealed {
            key_id: row.try_get("key_id").map_err(store_error)?,
            bytes: row.try_get("sealed").map_err(store_error)?,
        },
    };
    Ok(ClaimedMessage {
        lease: LeaseId::from_bytes(bytes("lease_id")?),
        attempt: row.try_get("attempts").map_err(store_error)?,
        message,
    })
}
