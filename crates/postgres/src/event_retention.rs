use async_trait::async_trait;
use ringtrue_core::{
    UserId,
    port::{EventPlace, EventRetention, LookedOver, StoreError},
};
use sqlx::PgPool;
use time::OffsetDateTime;

use crate::error::{rejected, store_error};

/// Forgets what happened long ago in PostgreSQL.
#[derive(Debug, Clone)]
pub struct PostgresEventRetention {
    pool: PgPool,
}

impl PostgresEventRetention {
    pub(crate) const fn new(pool: PgPool) -> Self {
        Self { pool }
    }
}

#[async_trait]
impl EventRetention for PostgresEventRetention {
    async fn look_over(
        &self,
        after: Option<EventPlace>,
        limit: usize,
        before: OffsetDateTime,
    ) -> Result<LookedOver, StoreError> {
        let (after_user, after_sequence) = after
            .as_ref()
            .map_or(("", 0), |place| (place.user.as_str(), place.sequence));
        let after_sequence = i64::try_from(after_sequence).map_err(rejected)?;
        let events: Vec<(String, i64, OffsetDateTime)> =
            sqlx::query_as(include_str!("sql/event_retention_look.sql"))
                .bind(after_user)
                .bind(after_sequence)
                .bind(i64::try_from(limit).unwrap_or(i64::MAX))
                .fetch_all(&self.pool)
                .await
                .map_err(store_error)?;
        let Some((user, sequence, _)) = events.last() else {
            return Ok(LookedOver {
                forgotten: 0,
                reached: None,
            });
        };
        let forgotten = if events.iter().any(|(.., at)| *at <= before) {
            sqlx::query(include_str!("sql/event_retention_forget.sql"))
                .bind(after_user)
                .bind(after_sequence)
                .bind(user)
                .bind(sequence)
                .bind(before)
                .execute(&self.pool)
                .await
                .map_err(store_error)?
                .rows_affected()
        } else {
            0
        };
        let reached = EventPlace {
            user: UserId::from_stored(user.clone()),
            sequence: u64::try_from(*sequence).map_err(rejected)?,
        };
        Ok(LookedOver {
            forgotten,
            reached: (events.len() >= limit).then_some(reached),
        })
    }
}
