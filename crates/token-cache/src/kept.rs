//! What is remembered, and for how long.

use std::{collections::HashMap, hash::Hash, mem};

use time::{Duration, OffsetDateTime};

/// Answers in two generations. A full generation, or one that is as old as an answer may get, pushes out the one before it:
/// so room is bounded, and nothing is ever swept.
pub(crate) struct Kept<K, V> {
    lifetime: Duration,
    generation_len_max: usize,
    young: HashMap<K, Answer<V>>,
    old: HashMap<K, Answer<V>>,
    young_since: OffsetDateTime,
}

/// An answer, and when it was asked for: it may be as old as that.
#[derive(Clone)]
pub(crate) struct Answer<V> {
    pub(crate) value: V,
    pub(crate) asked_at: OffsetDateTime,
}

impl<K: Hash + Eq, V> Kept<K, V> {
    /// Room for twice as many answers as a generation has.
    pub(crate) fn new(lifetime: Duration, generation_len_max: usize) -> Self {
        Self {
            lifetime,
            generation_len_max,
            young: HashMap::new(),
            old: HashMap::new(),
            young_since: OffsetDateTime::UNIX_EPOCH,
        }
    }

    /// The answer, if it is young enough to be believed.
    pub(crate) fn find(&self, key: &K, now: OffsetDateTime) -> Option<&Answer<V>> {
        let answer = self.young.get(key).or_else(|| self.old.get(key))?;
        self.is_fresh(answer.asked_at, now).then_some(answer)
    }

    /// Whether an answer that was asked for then may be believed now. When the clock has been set back since, nobody can tell
    /// its age.
    pub(crate) fn is_fresh(&self, asked_at: OffsetDateTime, now: OffsetDateTime) -> bool {
        (asked_at..asked_at + self.lifetime).contains(&now)
    }

    /// Remembers an answer in the place of an earlier one.
    pub(crate) fn keep(&mut self, key: K, answer: Answer<V>, now: OffsetDateTime) {
        let young_for = now - self.young_since;
        let outlived = young_for.is_negative() || young_for >= self.lifetime;
        if outlived || self.young.len() >= self.generation_len_max {
            self.old = mem::take(&mut self.young);
            self.young_since = now;
        }
        self.young.insert(key, answer);
    }

    /// Forgets one answer.
    pub(crate) fn drop_one(&mut self, key: &K) {
        self.young.remove(key);
        self.old.remove(key);
    }

    /// Forgets all of them.
    pub(crate) fn clear(&mut self) {
        self.young.clear();
        self.old.clear();
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    const NOON: OffsetDateTime = datetime!(2026-01-01 12:00 UTC);

    fn answer(value: u32, asked_at: OffsetDateTime) -> Answer<u32> {
        Answer { value, asked_at }
    }

    fn found(kept: &Kept<u32, u32>, key: u32, now: OffsetDateTime) -> Option<u32> {
        kept.find(&key, now).map(|answer| answer.value)
    }

    #[test]
    fn an_answer_is_believed_until_its_lifetime_is_over_and_never_before_it_was_asked_for() {
        let mut kept = Kept::new(Duration::SECOND, 8);
        kept.keep(1, answer(10, NOON), NOON);
        for (after, believed) in [
            (Duration::ZERO, true),
            (Duration::microseconds(999_999), true),
            (Duration::SECOND, false),
            (Duration::microseconds(-1), false),
        ] {
            assert_eq!(
                found(&kept, 1, NOON + after),
                believed.then_some(10),
                "after {after}"
            );
        }
    }

    #[test]
    fn however_many_answers_come_two_generations_are_kept_and_the_newest_is_among_them() {
        let mut kept = Kept::new(Duration::SECOND, 4);
        for key in 0..1_000 {
            kept.keep(key, answer(key, NOON), NOON);
            assert_eq!(found(&kept, key, NOON), Some(key));
            assert!(kept.young.len() + kept.old.len() <= 8);
        }
    }

    #[test]
    fn a_generation_that_outlived_its_answers_makes_room_though_it_is_not_full() {
        let mut kept = Kept::new(Duration::SECOND, 4);
        for seconds in 0..3 {
            let now = NOON + Duration::seconds(seconds);
            kept.keep(1, answer(1, now), now);
            kept.keep(2, answer(2, now), now);
        }
        assert_eq!((kept.young.len(), kept.old.len()), (2, 2));
    }

    #[test]
    fn a_newer_answer_takes_the_place_of_one_in_either_generation() {
        let mut kept = Kept::new(Duration::SECOND, 1);
        kept.keep(1, answer(10, NOON), NOON);
        kept.keep(2, answer(20, NOON), NOON);
        kept.keep(1, answer(11, NOON), NOON);
        assert_eq!(found(&kept, 1, NOON), Some(11));
        kept.drop_one(&1);
        assert_eq!(found(&kept, 1, NOON), None);
    }
}
