use async_trait::async_trait;
use ringtrue_core::{
    UserId,
    port::{EventPlace, EventRetention, StoreError},
};
use sqlx::PgPool;
use time::OffsetDateTime;

use crate::{
    batch::signed,
    error::{rejected, store_error},
    partitions::events_until,
};

/// Forgets what happened long ago in PostgreSQL.
#[derive(Debug, Clone)]
pub(crate) struct PostgresEventRetention {
    pool: PgPool,
}

impl PostgresEventRetention {
    pub(crate) const fn new(pool: PgPool) -> Self {
        Self { pool }
    }
}

#[async_trait]
impl EventRetention for PostgresEventRetention {
    async fn events_behind(
        &self,
        after: &EventPlace,
        limit: usize,
        before: OffsetDateTime,
    ) -> Result<Vec<(EventPlace, OffsetDateTime)>, StoreError> {
        let events: Vec<(String, i64, OffsetDateTime)> =
            sqlx::query_as(include_str!("sql/event_retention_look.sql"))
                .bind(after.user.as_str())
                .bind(signed(after.sequence)?)
                .bind(i64::try_from(limit).unwrap_or(i64::MAX))
                .bind(events_until(before))
                .fetch_all(&self.pool)
                .await
                .map_err(store_error)?;
        let read = |(user, sequence, at)| {
            let place = EventPlace {
                user: UserId::from_stored(user),
                sequence: u64::try_from(sequence).map_err(rejected)?,
            };
            Ok((place, at))
        };
        events.into_iter().map(read).collect()
    }

    async fn forget(
        &self,
        after: &EventPlace,
        last: &EventPlace,
        before: OffsetDateTime,
    ) -> Result<u64, StoreError> {
        let done = sqlx::query(include_str!("sql/event_retention_forget.sql"))
            .bind(after.user.as_str())
            .bind(signed(after.sequence)?)
            .bind(last.user.as_str())
            .bind(signed(last.sequence)?)
            .bind(before)
            .execute(&self.pool)
            .await
            .map_err(store_error)?;
        Ok(done.rows_affected())
    }
}
