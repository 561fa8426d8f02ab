use async_trait::async_trait;
use ringtrue_core::{
    LeaseId, Sealed,
    idempotency::CallKey,
    keys::Fingerprint,
    port::{IdempotencyStore, InsertOutcome, KeyClaim, KeyState, KeyedReply, StoreError},
};
use sqlx::{PgConnection, PgPool, Row as _, postgres::PgRow};
use time::OffsetDateTime;

use crate::error::{rejected, store_error};

/// How often a claim is tried that another takes away and gives back.
const ATTEMPTS_MAX: u32 = 8;

/// Keeps calls under a key, and their answers, in PostgreSQL.
#[derive(Debug, Clone)]
pub(crate) struct PostgresIdempotencyStore {
    pool: PgPool,
}

impl PostgresIdempotencyStore {
    pub(crate) const fn new(pool: PgPool) -> Self {
        Self { pool }
    }
}

#[async_trait]
impl IdempotencyStore for PostgresIdempotencyStore {
    async fn claim(&self, claim: &KeyClaim, now: OffsetDateTime) -> Result<KeyState, StoreError> {
        for _ in 0..ATTEMPTS_MAX {
            let found = sqlx::query(include_str!("sql/idempotency_store_claim.sql"))
                .bind(claim.key.as_bytes().as_slice())
                .bind(claim.lease.as_bytes().as_slice())
                .bind(&claim.fingerprint.key_id)
                .bind(claim.fingerprint.mac.as_slice())
                .bind(claim.lease_until)
                .bind(now)
                .fetch_optional(&self.pool)
                .await
                .map_err(store_error)?;
            if let Some(row) = found {
                return Ok(match read_reply(&claim.key, &row)? {
                    Some(reply) => KeyState::Answered(reply),
                    None => KeyState::Claimed,
                });
            }
            let holder = sqlx::query(include_str!("sql/idempotency_store_holder.sql"))
                .bind(claim.key.as_bytes().as_slice())
                .fetch_optional(&self.pool)
                .await
                .map_err(store_error)?;
            if let Some(row) = holder {
                return Ok(KeyState::InFlight(read_fingerprint(&row)?));
            }
            // Whoever held it has let go in between.
        }
        Err(StoreError::Overloaded)
    }

    async fn keep(&self, reply: &KeyedReply) -> Result<InsertOutcome, StoreError> {
        let mut connection = self.pool.acquire().await.map_err(store_error)?;
        insert_reply(&mut connection, reply).await
    }

    async fn release(&self, key: &CallKey, lease: LeaseId) -> Result<(), StoreError> {
        sqlx::query(include_str!("sql/idempotency_store_release.sql"))
            .bind(key.as_bytes().as_slice())
            .bind(lease.as_bytes().as_slice())
            .execute(&self.pool)
            .await
            .map_err(store_error)?;
        Ok(())
    }
}

/// Writes an answer, unless there is one.
pub(crate) async fn insert_reply(
    connection: &mut PgConnection,
    reply: &KeyedReply,
) -> Result<InsertOutcome, StoreError> {
    let done = sqlx::query(include_str!("sql/idempotency_store_keep.sql"))
        .bind(reply.key.as_bytes().as_slice())
        .bind(&reply.fingerprint.key_id)
        .bind(reply.fingerprint.mac.as_slice())
        .bind(&reply.sealed.key_id)
        .bind(&reply.sealed.bytes)
        .bind(reply.expires_at)
        .execute(connection)
        .await
        .map_err(store_error)?;
    Ok(InsertOutcome::of_rows(done.rows_affected()))
}

/// None: the row says that the claim holds.
fn read_reply(key: &CallKey, row: &PgRow) -> Result<Option<KeyedReply>, StoreError> {
    let sealed: Option<Vec<u8>> = row.try_get("sealed").map_err(store_error)?;
    let Some(bytes) = sealed else {
        return Ok(None);
    };
    Ok(Some(KeyedReply {
        key: *key,
        fingerprint: read_fingerprint(row)?,
        sealed: Sealed {
            key_id: row.try_get("key_id").map_err(store_error)?,
            bytes,
        },
        expires_at: row.try_get("expires_at").map_err(store_error)?,
    }))
}

fn read_fingerprint(row: &PgRow) -> Result<Fingerprint, StoreError> {
    let mac: &[u8] = row.try_get("fingerprint").map_err(store_error)?;
    Ok(Fingerprint {
        key_id: row.try_get("fingerprint_key_id").map_err(store_error)?,
        mac: mac.try_into().map_err(rejected)?,
    })
}
