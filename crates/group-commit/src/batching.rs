use std::{error::Error, fmt, num::NonZeroUsize};

/// How calls of one kind are batched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Batching {
    /// How many batches are on their way at most. One leaves beside others only when it is full, or when twice as many calls
    /// wait as those others carry: so that batches are large, and one that is held up is passed once enough calls have come.
    /// With fewer callers than that, all wait for it.
    pub slots: usize,
    /// How many commits or ids stand in a batch. A call that brings more has a batch to itself; none is ever divided.
    pub batch_len_max: usize,
    /// How many calls wait for a slot. One more is shed at once.
    pub queue_len_max: usize,
}

impl Default for Batching {
    /// One batch at a time, of 256 at most; 4096 calls wait.
    fn default() -> Self {
        Self {
            slots: 1,
            batch_len_max: 256,
            queue_len_max: 4096,
        }
    }
}

/// What is batched. What is not goes to the store as it comes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Options {
    /// How commits are batched, if they are.
    pub commits: Option<Batching>,
    /// How loads are batched, if they are: that pays with many callers or a slow network.
    pub loads: Option<Batching>,
    /// How many batches of both kinds together are on their way at most; as many as have slots if nothing is said. With fewer
    /// than that, batches are larger, and wait for each other: one that is held up holds up those of the other kind too.
    pub at_once: Option<NonZeroUsize>,
}

/// A limit of zero, with which no batch would ever leave, or no call could wait for one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchingError;

impl fmt::Display for BatchingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("slots, batch_len_max and queue_len_max must be at least 1")
    }
}

impl Error for BatchingError {}

impl Options {
    pub(crate) fn check(&self) -> Result<(), BatchingError> {
        let possible = |batching: &Batching| {
            batching.slots > 0 && batching.batch_len_max > 0 && batching.queue_len_max > 0
        };
        if [self.commits, self.loads].iter().flatten().all(possible) {
            Ok(())
        } else {
            Err(BatchingError)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_with_which_no_batch_would_leave_are_refused() {
        let refused = |change: fn(&mut Batching)| {
            let mut batching = Batching::default();
            change(&mut batching);
            let options = Options {
                commits: Some(Batching::default()),
                loads: Some(batching),
                at_once: None,
            };
            options.check().is_err()
        };
        assert!(!refused(|_| {}));
        assert!(refused(|batching| batching.slots = 0));
        assert!(refused(|batching| batching.batch_len_max = 0));
        assert!(refused(|batching| batching.queue_len_max = 0));
    }
}
