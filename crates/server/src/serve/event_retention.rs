//! Forgetting what happened to users long ago, a little at a time: nobody who is served waits for it.

use std::{error::Error, sync::Arc, time::Duration};

use ringtrue_core::port::{Clock, EventRetention};
use tracing::{info, warn};

/// How many events one look has.
const LOOKED_OVER_AT_ONCE: usize = 2_000;
/// How long it is between two looks.
const PACE: Duration = Duration::from_secs(1);
/// How long it is from the last event to the first again.
const PAUSE: Duration = Duration::from_hours(1);
/// How long it is from a failure to the next try.
const AFTER_A_FAILURE: Duration = Duration::from_mins(1);

/// Forgets what is older than `retention`, for as long as it is polled.
pub(super) async fn forget_events(
    events: Arc<dyn EventRetention>,
    clock: Arc<dyn Clock>,
    retention: time::Duration,
) {
    let (mut after, mut forgotten) = (None, 0);
    loop {
        let before = clock.now().saturating_sub(retention);
        let look = events.look_over(after.clone(), LOOKED_OVER_AT_ONCE, before).await;
        let wait = match look {
            Ok(look) => {
                forgotten += look.forgotten;
                after = look.reached;
                if after.is_some() {
                    PACE
                } else {
                    if forgotten > 0 {
                        info!(count = forgotten, "events were forgotten");
                    }
                    forgotten = 0;
                    PAUSE
                }
            }
            Err(error) => {
                warn!(
                    error = &error as &dyn Error,
                    "could not look for events to forget"
                );
                AFTER_A_FAILURE
            }
        };
        tokio::time::sleep(wait).await;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use async_trait::async_trait;
    use ringtrue_core::{
        UserId,
        port::{EventPlace, StoreError},
    };
    use ringtrue_memory::ManualClock;
    use time::{OffsetDateTime, macros::datetime};
    use tokio::time::{Instant, timeout};

    use super::*;

    /// A look: behind which place it begins, and after how many seconds.
    type Look = (Option<EventPlace>, u64);

    /// Each look ends at the place, at the end, or in the failure that is scripted for it; the last is repeated.
    struct Scripted {
        begun: Instant,
        comes_to: Vec<Result<Option<EventPlace>, ()>>,
        looks: Mutex<Vec<Look>>,
    }

    #[async_trait]
    impl EventRetention for Scripted {
        async fn events_behind(
            &self,
            after: &EventPlace,
            limit: usize,
            _: OffsetDateTime,
        ) -> Result<Vec<(EventPlace, OffsetDateTime)>, StoreError> {
            assert_eq!(limit, 2_000);
            let mut looks = self.looks.lock().unwrap();
            let comes_to = self.comes_to.get(looks.len()).or(self.comes_to.last());
            let comes_to = comes_to.unwrap().clone();
            let after = Some(after.clone()).filter(|after| after.sequence > 0);
            looks.push((after, self.begun.elapsed().as_secs()));
            let reached = comes_to.map_err(|()| StoreError::Overloaded)?;
            let events = reached.map(|place| vec![(place, datetime!(2025-12-31 00:00 UTC)); limit]);
            Ok(events.unwrap_or_default())
        }

        async fn forget(
            &self,
            _: &EventPlace,
            last: &EventPlace,
            before: OffsetDateTime,
        ) -> Result<u64, StoreError> {
            assert_eq!((last.sequence, before), (7, datetime!(2026-01-01 00:00 UTC)));
            Ok(1)
        }
    }

    #[tokio::test(start_paused = true)]
    async fn looks_go_on_from_each_other_wait_after_a_failure_and_begin_anew_an_hour_after_the_end() {
        let place = Some(EventPlace {
            user: UserId::parse("ada").unwrap(),
            sequence: 7,
        });
        let events = Arc::new(Scripted {
            begun: Instant::now(),
            comes_to: vec![Ok(place.clone()), Err(()), Ok(None), Ok(place.clone()), Ok(None)],
            looks: Mutex::default(),
        });
        let clock = Arc::new(ManualClock::at(datetime!(2026-01-31 00:00 UTC)));
        let forgetting = forget_events(events.clone(), clock, time::Duration::days(30));
        let stopped = timeout(Duration::from_secs(3_700), forgetting).await;
        assert!(stopped.is_err(), "it never ends by itself");
        let looks = events.looks.lock().unwrap();
        let expected = [
            (None, 0),
            (place.clone(), 1),
            (place.clone(), 61),
            (None, 3_661),
            (place, 3_662),
        ];
        assert_eq!(*looks, expected);
    }
}
