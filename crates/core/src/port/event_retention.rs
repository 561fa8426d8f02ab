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
    /// Looks over up to `limit` events from the first one behind `after` on, or from the very first, and forgets those that
    /// were recorded at `before` or earlier.
    ///
    /// Whoever goes on from where the last look ended, until it tells of no place, has looked all over that were there when
    /// they began. What users *are* stays as it is, and so do their sequences.
    async fn look_over(
        &self,
        after: Option<EventPlace>,
        limit: usize,
        before: OffsetDateTime,
    ) -> Result<LookedOver, StoreError>;
}
