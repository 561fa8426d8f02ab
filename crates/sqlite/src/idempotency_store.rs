use async_trait::async_trait;
use ringtrue_core::{
    LeaseId, Sealed,
    idempotency::CallKey,
    keys::Fingerprint,
    port::{IdempotencyStore, InsertOutcome, KeyClaim, KeyState, KeyedReply, StoreError},
};
use sqlx::{Row as _, SqliteConnection, SqlitePool, sqlite::SqliteRow};
use time::OffsetDateTime;

use crate::{
    error::{rejected, store_error},
    instant::{from_micros, to_micros},
};

/// Keeps calls under a key, and their answers, in SQLite.
#[derive(Debug, Clone)]
pub(crate) struct SqliteIdempotencyStore {
    writer: SqlitePool,
}

impl SqliteIdempotencyStore {
    pub(crate) const fn new(writer: SqlitePool) -> Self {
        Self { writer }
    }
}

#[async_trait]
impl IdempotencyStore for SqliteIdempotencyStore {
    async fn claim(&self, claim: &KeyClaim, now: OffsetDateTime) -> Result<KeyState, StoreError> {
        // The write lock comes first: from here on nobody else changes what is read below.
        let mut transaction = self
            .writer
            .begin_with("BEGIN IMMEDIATE")
            .await
            .map_err(store_error)?;
        forget(&mut transaction, &claim.key, now).await?;
        let state = if let Some(state) = known(&mut transaction, &claim.key).await? {
            state
        } else {
            insert(&mut transaction, claim).await?;
            KeyState::Claimed
        };
        transaction.commit().await.map_err(store_error)?;
        Ok(state)
    }

    async fn keep(&self, reply: &KeyedReply) -> Result<InsertOutcome, StoreError> {
        let mut connection = self.writer.acquire().await.map_err(store_error)?;
        insert_reply(&mut connection, reply).await
    }

    async fn release(&self, key: &CallKey, lease: LeaseId) -> Result<(), StoreError> {
        sqlx::query(include_str!("sql/idempotency_store_release.sql"))
            .bind(key.as_bytes().as_slice())
            .bind(lease.as_bytes().as_slice())
            .execute(&self.writer)
            .await
            .map_err(store_error)?;
        Ok(())
    }
}

/// What has expired or run out: the key's own, and a few others.
async fn forget(
    connection: &mut SqliteConnection,
    key: &CallKey,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    for statement in [
        include_str!("sql/idempotency_store_forget.sql"),
        include_str!("sql/idempotency_store_give_up.sql"),
    ] {
        sqlx::query(statement)
            .bind(key.as_bytes().as_slice())
            .bind(to_micros(now)?)
            .execute(&mut *connection)
            .await
            .map_err(store_error)?;
    }
    Ok(())
}

/// The key's answer, else its holder.
async fn known(connection: &mut SqliteConnection, key: &CallKey) -> Result<Option<KeyState>, StoreError> {
    let answer = sqlx::query(include_str!("sql/idempotency_store_answer.sql"))
        .bind(key.as_bytes().as_slice())
        .fetch_optional(&mut *connection)
        .await
        .map_err(store_error)?;
    if let Some(row) = answer {
        return Ok(Some(KeyState::Answered(read_reply(key, &row)?)));
    }
    let holder = sqlx::query(include_str!("sql/idempotency_store_holder.sql"))
        .bind(key.as_bytes().as_slice())
        .fetch_optional(&mut *connection)
        .await
        .map_err(store_error)?;
    let holder = holder.as_ref().map(read_fingerprint).transpose()?;
    Ok(holder.map(KeyState::InFlight))
}

async fn insert(connection: &mut SqliteConnection, claim: &KeyClaim) -> Result<(), StoreError> {
    sqlx::query(include_str!("sql/idempotency_store_claim.sql"))
        .bind(claim.key.as_bytes().as_slice())
        .bind(claim.lease.as_bytes().as_slice())
        .bind(&claim.fingerprint.key_id)
        .bind(claim.fingerprint.mac.as_slice())
        .bind(to_micros(claim.lease_until)?)
        .execute(connection)
        .await
        .map_err(store_error)?;
    Ok(())
}

/// Writes an answer, unless there is one.
pub(crate) async fn insert_reply(
    connection: &mut SqliteConnection,
    reply: &KeyedReply,
) -> Result<InsertOutcome, StoreError> {
    let done = sqlx::query(include_str!("sql/idempotency_store_keep.sql"))
        .bind(reply.key.as_bytes().as_slice())
        .bind(&reply.fingerprint.key_id)
        .bind(reply.fingerprint.mac.as_slice())
        .bind(&reply.sealed.key_id)
        .bind(&reply.sealed.bytes)
        .bind(to_micros(reply.expires_at)?)
        .execute(connection)
        .await
        .map_err(store_error)?;
    Ok(InsertOutcome::of_rows(done.rows_affected()))
}

fn read_reply(key: &CallKey, row: &SqliteRow) -> Result<KeyedReply, StoreError> {
    Ok(KeyedReply {
        key: *key,
        fingerprint: read_fingerprint(row)?,
        sealed: Sealed {
            key_id: row.try_get("key_id").map_err(store_error)?,
            bytes: row.try_get("sealed").map_err(store_error)?,
        },
        expires_at: from_micros(row.try_get("expires_at").map_err(store_error)?)?,
    })
}

fn read_fingerprint(row: &SqliteRow) -> Result<Fingerprint, StoreError> {
    let mac: &[u8] = row.try_get("fingerprint").map_err(store_error)?;
    Ok(Fingerprint {
        key_id: row.try_get("fingerprint_key_id").map_err(store_error)?,
        mac: mac.try_into().map_err(rejected)?,
    })
}
