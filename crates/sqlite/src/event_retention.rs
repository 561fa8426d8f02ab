use async_trait::async_trait;
use ringtrue_core::{
    UserId,
    port::{EventPlace, EventRetention, StoreError},
};
use sqlx::SqlitePool;
use time::OffsetDateTime;

use crate::{
    batch::signed,
    error::store_error,
    instant::{from_micros, to_micros},
    user_store::unsigned,
};

/// Forgets what happened long ago in SQLite.
#[derive(Debug, Clone)]
pub(crate) struct SqliteEventRetention {
    writer: SqlitePool,
    readers: SqlitePool,
}

impl SqliteEventRetention {
    pub(crate) const fn new(writer: SqlitePool, readers: SqlitePool) -> Self {
        Self { writer, readers }
    }
}

#[async_trait]
impl EventRetention for SqliteEventRetention {
    async fn events_behind(
        &self,
        after: &EventPlace,
        limit: usize,
        _before: OffsetDateTime,
    ) -> Result<Vec<(EventPlace, OffsetDateTime)>, StoreError> {
        let events: Vec<(String, i64, i64)> = sqlx::query_as(include_str!("sql/event_retention_look.sql"))
            .bind(after.user.as_str())
            .bind(signed(after.sequence)?)
            .bind(i64::try_from(limit).unwrap_or(i64::MAX))
            .fetch_all(&self.readers)
            .await
            .map_err(store_error)?;
        let read = |(user, sequence, at)| {
            let place = EventPlace {
                user: UserId::from_stored(user),
                sequence: unsigned(sequence)?,
            };
            Ok((place, from_micros(at)?))
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
            .bind(to_micros(before)?)
            .execute(&self.writer)
            .await
            .map_err(store_error)?;
        Ok(done.rows_affected())
    }
}
