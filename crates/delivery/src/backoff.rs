//! How storage that fails is left alone for a while.

use std::{error::Error, pin::Pin, time::Duration};

use ringtrue_core::port::StoreError;
use tokio::time::{Sleep, sleep};
use tracing::{error, info};

const WAIT_FIRST: Duration = Duration::from_millis(100);
const WAIT_MAX: Duration = Duration::from_secs(5);

/// A streak of failures: reported at its start and at its end, with growing waits between.
#[derive(Default)]
pub(crate) struct Backoff {
    failures: u32,
    wait: Option<Pin<Box<Sleep>>>,
}

impl Backoff {
    /// Whether storage is to be left alone now.
    pub(crate) fn waits(&self) -> bool {
        self.wait.is_some()
    }

    /// Ends when the wait does; never if there is none.
    pub(crate) async fn over(&mut self) {
        match &mut self.wait {
            Some(wait) => wait.await,
            None => std::future::pending().await,
        }
        self.wait = None;
    }

    /// Passes a success on and ends the streak; keeps a failure and begins a wait.
    pub(crate) fn note<T>(&mut self, result: Result<T, StoreError>) -> Option<T> {
        match result {
            Ok(value) => {
                if self.failures > 0 {
                    info!(failures = self.failures, "the outbox can be reached again");
                }
                *self = Self::default();
                Some(value)
            }
            Err(cause) => {
                if self.failures == 0 {
                    error!(error = chain(&cause), "could not reach the outbox; trying again");
                }
                let wait = WAIT_FIRST * 2_u32.saturating_pow(self.failures.min(16));
                self.failures = self.failures.saturating_add(1);
                self.wait = Some(Box::pin(sleep(wait.min(WAIT_MAX))));
                None
            }
        }
    }
}

pub(crate) fn chain(error: &(dyn Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |&error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn waits_grow_to_five_seconds_and_a_success_forgets_them() {
        let mut backoff = Backoff::default();
        let mut waits = Vec::new();
        for _ in 0..8 {
            assert!(backoff.note::<()>(Err(StoreError::Overloaded)).is_none());
            assert!(backoff.waits());
            let began = tokio::time::Instant::now();
            backoff.over().await;
            waits.push(began.elapsed().as_millis());
        }
        assert_eq!(waits, [100, 200, 400, 800, 1600, 3200, 5000, 5000]);
        assert_eq!(backoff.note(Ok(7)), Some(7));
        assert!(!backoff.waits() && backoff.failures == 0);
    }
}
