use std::time::Duration;

/// By then every code that a message could carry has expired, unless its lifetime was stretched.
const LEASE_MAX: Duration = Duration::from_hours(1);

/// How a dispatcher works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DispatcherOptions {
    /// How many messages are on their way to the gateway at once.
    pub concurrency: usize,
    /// How many messages are claimed at once, at most; never more than can be sent at once.
    pub batch_len_max: usize,
    /// How long a hand-off may take. A gateway that takes longer is left, and the fate of its message is unknown: give it
    /// a little more than the gateway's own total timeout.
    pub send_timeout: Duration,
    /// How long a claim holds. Longer than `send_timeout`, so that nobody else claims a message that is on its way.
    pub lease: Duration,
    /// How often to look for what nobody signalled: messages of other replicas, and of processes that died.
    pub poll_interval: Duration,
    /// The least time between two visits to the outbox: what is signalled meanwhile is claimed together, and what has ended is
    /// settled with it. A message that comes alone does not wait.
    pub claim_interval: Duration,
    /// How long the outbox keeps what it knows of a settled message; none: for ever.
    pub retention: Option<Duration>,
    /// How long shutting down may take. Longer than `send_timeout`, so that what is on its way arrives.
    pub drain_max: Duration,
}

/// Options that would send messages twice, or not at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OptionsError {
    /// Nothing would ever be sent.
    #[error("concurrency and batch_len_max must be at least 1")]
    NothingAtOnce,
    /// A zero that would mean never, or all the time.
    #[error("send_timeout, poll_interval and claim_interval must be longer than zero")]
    NoTime,
    /// A message could be claimed by another while it is being sent, and go out twice.
    #[error("the lease must be longer than the time that a hand-off may take")]
    LeaseTooShort,
    /// A message that a dying process had claimed would wait that long for the next one.
    #[error("the lease must be an hour at most: so long does a message wait whose dispatcher died")]
    LeaseTooLong,
    /// A message on its way could be cut off, and nobody would know whether it arrived.
    #[error("the time to drain must be longer than the time that a hand-off may take")]
    DrainTooShort,
}

impl DispatcherOptions {
    pub(crate) fn check(&self) -> Result<(), OptionsError> {
        if self.concurrency == 0 || self.batch_len_max == 0 {
            Err(OptionsError::NothingAtOnce)
        } else if self.send_timeout.is_zero() || self.poll_interval.is_zero() || self.claim_interval.is_zero()
        {
            Err(OptionsError::NoTime)
        } else if self.lease <= self.send_timeout {
            Err(OptionsError::LeaseTooShort)
        } else if self.lease > LEASE_MAX {
            Err(OptionsError::LeaseTooLong)
        } else if self.drain_max <= self.send_timeout {
            Err(OptionsError::DrainTooShort)
        } else {
            Ok(())
        }
    }
}

impl Default for DispatcherOptions {
    /// Sixteen at once; 12 s for a hand-off, 30 s for a claim, a look every second and 50 ms between two,
    /// 20 s to drain; nothing is forgotten.
    fn default() -> Self {
        Self {
            concurrency: 16,
            batch_len_max: 16,
            send_timeout: Duration::from_secs(12),
            lease: Duration::from_secs(30),
            poll_interval: Duration::from_secs(1),
            claim_interval: Duration::from_millis(50),
            retention: None,
            drain_max: Duration::from_secs(20),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_fit_together() {
        assert_eq!(DispatcherOptions::default().check(), Ok(()));
    }

    #[test]
    fn options_that_lose_or_double_messages_are_refused() {
        let refused = |change: fn(&mut DispatcherOptions)| {
            let mut options = DispatcherOptions::default();
            change(&mut options);
            options.check().err()
        };
        assert_eq!(refused(|o| o.concurrency = 0), Some(OptionsError::NothingAtOnce));
        assert_eq!(
            refused(|o| o.batch_len_max = 0),
            Some(OptionsError::NothingAtOnce)
        );
        assert_eq!(
            refused(|o| o.poll_interval = Duration::ZERO),
            Some(OptionsError::NoTime)
        );
        assert_eq!(
            refused(|o| o.claim_interval = Duration::ZERO),
            Some(OptionsError::NoTime)
        );
        assert_eq!(
            refused(|o| o.send_timeout = Duration::ZERO),
            Some(OptionsError::NoTime)
        );
        assert_eq!(
            refused(|o| o.lease = o.send_timeout),
            Some(OptionsError::LeaseTooShort)
        );
        assert_eq!(
            refused(|o| o.lease = Duration::MAX),
            Some(OptionsError::LeaseTooLong)
        );
        assert_eq!(
            refused(|o| o.drain_max = o.send_timeout),
            Some(OptionsError::DrainTooShort)
        );
    }
}
