use std::sync::{Arc, Mutex, PoisonError};

use ringtrue_core::port::Clock;
use time::{Duration, OffsetDateTime, macros::datetime};

/// A clock that stands still until it is told to move. Cloning shares the hands.
#[derive(Debug, Clone)]
pub struct ManualClock(Arc<Mutex<OffsetDateTime>>);

impl ManualClock {
    /// A clock that shows `now`.
    #[must_use]
    pub fn at(now: OffsetDateTime) -> Self {
        Self(Arc::new(Mutex::new(now)))
    }

    /// Moves the hands forward, or back if negative.
    pub fn advance(&self, by: Duration) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) += by;
    }
}

impl Default for ManualClock {
    /// Noon of the first day of 2026.
    fn default() -> Self {
        Self::at(datetime!(2026-01-01 12:00 UTC))
    }
}

impl Clock for ManualClock {
    fn now(&self) -> OffsetDateTime {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
