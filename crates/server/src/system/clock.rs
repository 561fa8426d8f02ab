use ringtrue_core::port::Clock;
use time::OffsetDateTime;

/// The operating system's clock, in whole microseconds.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> OffsetDateTime {
        #[expect(clippy::disallowed_methods, reason = "this is the Clock that others ask")]
        let now = OffsetDateTime::now_utc();
        let beyond = now.nanosecond() % 1_000;
        now - time::Duration::nanoseconds(i64::from(beyond))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_tells_whole_microseconds() {
        for _ in 0..1_000 {
            assert_eq!(SystemClock.now().nanosecond() % 1_000, 0);
        }
    }
}
