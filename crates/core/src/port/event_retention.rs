use async_trait::async_trait;
use time::OffsetDateTime;

use super::StoreError;
use crate::UserId;

/// An event's place among those of all users: by user, and then by sequence.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct EventPlace {
    /// Whose event.
    pub user: UserId,
    /// Its place in the user's history.
    pub sequence: u64,
}

impl EventPlace {
    /// Before the first event of anybody.
    fn before_all() -> Self {
        Self {
            user: UserId::from_stored(String::new()),
            sequence: 0,
        }
    }
}

/// What came of looking some events over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LookedOver {
    /// How many were forgotten.
    pub forgotten: u64,
    /// The last one that was looked at; none when there is nothing behind it.
    pub reached: Option<EventPlace>,
}

/// Forgets what happened long ago.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
#[async_trait]
pub trait EventRetention: Send + Sync + 'static {
    /// Up to `limit` events behind `after`, in the order of their places, and when each was recorded. Those that were recorded
    /// after `before` need not be among them.
    async fn events_behind(
        &self,
        after: &EventPlace,
        limit: usize,
        before: OffsetDateTime,
    ) -> Result<Vec<(EventPlace, OffsetDateTime)>, StoreError>;
    /// Forgets those of the events behind `after`, up to `last` and with it, that were recorded at `before` or earlier; tells
    /// how many.
    async fn forget(
        &self,
        after: &EventPlace,
        last: &EventPlace,
        before: OffsetDateTime,
    ) -> Result<u64, StoreError>;
    /// Looks over up to `limit` events from the first one behind `after` on, or from the very first, and forgets those that
    /// were recorded at `before` or earlier.
    ///
    /// Whoever goes on from where the last look ended, until it tells of no place, has looked all over that were there when
    /// they began and were that old. What users *are* stays as it is, and so do their sequences.
    async fn look_over(
        &self,
        after: Option<EventPlace>,
        limit: usize,
        before: OffsetDateTime,
    ) -> Result<LookedOver, StoreError> {
        let after = after.unwrap_or_else(EventPlace::before_all);
        let events = self.events_behind(&after, limit, before).await?;
        let is_old = |(_, at): &(EventPlace, OffsetDateTime)| *at <= before;
        let forgotten = match events.last() {
            // Most looks find nothing old, and then nothing is written.
            Some((last, _)) if events.iter().any(is_old) => self.forget(&after, last, before).await?,
            _ => 0,
        };
        let is_end = events.len() < limit;
        let reached = events.into_iter().next_back().map(|(last, _)| last);
        Ok(LookedOver {
            forgotten,
            reached: reached.filter(|_| !is_end),
        })
    }
}
