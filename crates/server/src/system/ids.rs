use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use ringtrue_core::{
    OrgId, UserId,
    port::{Clock, IdSource},
};
use time::{OffsetDateTime, macros::datetime};

use super::{fill, random::draw_id};

/// What the time in an id is counted from.
const EPOCH: OffsetDateTime = datetime!(2024-01-01 00:00 UTC);
/// The random bits of an id; the rest is the time.
const RANDOM_BITS: u32 = 22;

/// Draws identifiers from the clock and the operating system's generator.
pub(crate) struct SystemIdSource {
    clock: Arc<dyn Clock>,
    /// The last id's number: within a millisecond, random bits alone would soon repeat.
    last: AtomicU64,
}

impl SystemIdSource {
    /// Ids that begin with this clock's time.
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            last: AtomicU64::new(0),
        }
    }

    /// Milliseconds since the epoch, then random bits, and always more than the last time: eighteen digits until July 2031, then nineteen.
    fn digits(&self) -> String {
        let elapsed = (self.clock.now() - EPOCH).whole_milliseconds();
        let milliseconds = u64::try_from(elapsed).unwrap_or_default();
        let mut random = [0; 4];
        fill(&mut random);
        let random = u64::from(u32::from_le_bytes(random) >> (u32::BITS - RANDOM_BITS));
        let drawn = (milliseconds << RANDOM_BITS) | random;
        let after = |last: u64| drawn.max(last + 1);
        let last = self
            .last
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| Some(after(last)));
        after(last.unwrap_or_else(|last| last)).to_string()
    }
}

impl IdSource for SystemIdSource {
    fn user_id(&self) -> UserId {
        UserId::from_stored(self.digits())
    }

    fn org_id(&self) -> OrgId {
        OrgId::from_stored(self.digits())
    }

    fn random(&self) -> [u8; 16] {
        draw_id()
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::HashSet, sync::Mutex, thread};

    use super::*;

    struct At(OffsetDateTime);

    impl Clock for At {
        fn now(&self) -> OffsetDateTime {
            self.0
        }
    }

    #[test]
    fn ids_have_eighteen_or_nineteen_digits_for_a_lifetime() {
        for (now, len) in [
            (datetime!(2026-11-21 00:00 UTC), 18),
            (datetime!(2031-06-01 00:00 UTC), 18),
            (datetime!(2040-01-01 00:00 UTC), 19),
            (datetime!(2090-01-01 00:00 UTC), 19),
        ] {
            let id = SystemIdSource::new(Arc::new(At(now))).user_id();
            assert_eq!(id.as_str().len(), len, "{now}: {id}");
            assert!(id.as_str().bytes().all(|byte| byte.is_ascii_digit()));
        }
    }

    #[test]
    fn ten_thousand_ids_are_ten_thousand_ids() {
        let source = SystemIdSource::new(Arc::new(super::super::SystemClock));
        let users: HashSet<_> = (0..10_000).map(|_| source.user_id()).collect();
        assert_eq!(users.len(), 10_000);
    }

    #[test]
    fn random_bits_are_never_the_same_on_any_thread() {
        let source = SystemIdSource::new(Arc::new(super::super::SystemClock));
        let random = Mutex::new(HashSet::new());
        thread::scope(|scope| {
            for _thread in 0..4 {
                scope.spawn(|| {
                    let drawn: Vec<_> = (0..2_500).map(|_| source.random()).collect();
                    random.lock().unwrap().extend(drawn);
                });
            }
        });
        assert_eq!(random.lock().unwrap().len(), 10_000);
    }
}
