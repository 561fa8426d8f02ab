use std::collections::HashSet;

use async_trait::async_trait;
use ringtrue_core::{
    CodeId, LeaseId, MessageId, Sealed, UserId,
    message::OutboxMessage,
    port::{ClaimedMessage, Outbox, SettleOutcome, Settlement, StoreError},
};
use serde::{Deserialize, Serialize};
use sqlx::SqlitePool;
use time::{Duration, OffsetDateTime};

use crate::{
    error::{rejected, store_error},
    instant::{from_micros, to_micros},
    transactions::{Transactions, transaction},
    visit::{list, read},
};

/// Keeps the messages that commits have queued in SQLite.
#[derive(Debug, Clone)]
pub(crate) struct SqliteOutbox {
    transactions: Transactions,
    writer: SqlitePool,
    readers: SqlitePool,
}

impl SqliteOutbox {
    pub(crate) const fn new(transactions: Transactions, writer: SqlitePool, readers: SqlitePool) -> Self {
        Self {
            transactions,
            writer,
            readers,
        }
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
        let (_, claimed) = self.settle_and_claim(&[], limit, lease, now).await?;
        Ok(claimed)
    }

    async fn settle(
        &self,
        settlements: &[Settlement],
        now: OffsetDateTime,
    ) -> Result<Vec<SettleOutcome>, StoreError> {
        if settlements.is_empty() {
            return Ok(Vec::new());
        }
        let query = sqlx::query_scalar(transaction!("sql/outbox_settle.sql"))
            .bind(endings(settlements)?)
            .bind(to_micros(now)?);
        let answers = self.transactions.run(query).await?;
        let [settled] = answers.as_slice() else {
            return Err(unreadable("a settlement has one answer"));
        };
        outcomes(settlements, settled)
    }

    async fn settle_and_claim(
        &self,
        settlements: &[Settlement],
        limit: usize,
        lease: Duration,
        now: OffsetDateTime,
    ) -> Result<(Vec<SettleOutcome>, Vec<ClaimedMessage>), StoreError> {
        let query = sqlx::query_scalar(transaction!("sql/outbox_settle.sql", "sql/outbox_claim.sql"))
            .bind(endings(settlements)?)
            .bind(to_micros(now)?)
            .bind(to_micros(now + lease)?)
            .bind(i64::try_from(limit).unwrap_or(i64::MAX));
        let answers = self.transactions.run(query).await?;
        let [settled, claimed] = answers.as_slice() else {
            return Err(unreadable("a settlement has one answer, and a claim another"));
        };
        let claimed: Vec<Claimed> = read(claimed).map_err(unreadable)?;
        let claimed: Result<_, _> = claimed.into_iter().map(Claimed::read).collect();
        Ok((outcomes(settlements, settled)?, claimed.map_err(unreadable)?))
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

/// An answer that cannot be read. It is not a rejection: what was asked for has been done.
fn unreadable(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> StoreError {
    StoreError::Unavailable(cause.into())
}

/// A settlement as the statement takes it.
#[derive(Serialize)]
struct Ending<'a> {
    message_id: MessageId,
    lease_id: LeaseId,
    state: &'a str,
    reference: Option<&'a str>,
    reason: Option<&'a str>,
}

/// The list of settlements that the statement takes. Of two of one claim, the first counts.
fn endings(settlements: &[Settlement]) -> Result<String, StoreError> {
    let mut claims = HashSet::with_capacity(settlements.len());
    let endings: Vec<Ending<'_>> = settlements
        .iter()
        .filter(|settlement| claims.insert((settlement.message, settlement.lease)))
        .map(|settlement| Ending {
            message_id: settlement.message,
            lease_id: settlement.lease,
            state: settlement.outcome.state(),
            reference: settlement.outcome.reference(),
            reason: settlement.outcome.reason(),
        })
        .collect();
    list(&endings)
}

/// Which settlements counted, by what the statement says of them.
fn outcomes(settlements: &[Settlement], settled: &str) -> Result<Vec<SettleOutcome>, StoreError> {
    let mut settled: HashSet<(MessageId, LeaseId)> = read(settled).map_err(unreadable)?;
    let outcome = |settlement: &Settlement| {
        if settled.remove(&(settlement.message, settlement.lease)) {
            SettleOutcome::Settled
        } else {
            SettleOutcome::LeaseLost
        }
    };
    Ok(settlements.iter().map(outcome).collect())
}

/// A claimed message as the statement gives it.
#[derive(Deserialize)]
struct Claimed {
    message_id: MessageId,
    user_id: UserId,
    code_id: CodeId,
    expires_at: i64,
    key_id: String,
    #[serde(with = "hex::serde")]
    sealed: Vec<u8>,
    lease_id: LeaseId,
    attempt: u32,
}

impl Claimed {
    fn read(self) -> Result<ClaimedMessage, StoreError> {
        let message = OutboxMessage {
            id: self.message_id,
            user: self.user_id,
            code: self.code_id,
            expires_at: from_micros(self.expires_at)?,
            sealed: Sealed {
                key_id: self.key_id,
                bytes: self.sealed,
            },
        };
        Ok(ClaimedMessage {
            lease: self.lease_id,
            attempt: self.attempt,
            message,
        })
    }
}
