//! Medians of rounds, and what is made of them.

/// What was measured, once in each round.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Series {
    /// What it is, such as `pgbench`.
    pub(crate) name: String,
    /// The unit, such as `/s`.
    pub(crate) unit: &'static str,
    /// One figure for each round, in order.
    pub(crate) rounds: Vec<f64>,
}

impl Series {
    /// A series without rounds yet.
    pub(crate) fn new(name: impl Into<String>, unit: &'static str) -> Self {
        Self {
            name: name.into(),
            unit,
            rounds: Vec::new(),
        }
    }

    /// The same without rounds.
    pub(crate) fn emptied(&self) -> Self {
        Self::new(self.name.clone(), self.unit)
    }

    /// The median of the rounds; of an even number, the mean of the two in the middle.
    pub(crate) fn median(&self) -> f64 {
        let mut sorted = self.rounds.clone();
        sorted.sort_by(f64::total_cmp);
        match (sorted.len(), sorted.len() / 2) {
            (0, _) => f64::NAN,
            (len, middle) if len % 2 == 0 => f64::midpoint(sorted[middle - 1], sorted[middle]),
            (_, middle) => sorted[middle],
        }
    }

    /// The least of the rounds.
    pub(crate) fn min(&self) -> f64 {
        self.rounds.iter().copied().fold(f64::INFINITY, f64::min)
    }

    /// The greatest of the rounds.
    pub(crate) fn max(&self) -> f64 {
        self.rounds.iter().copied().fold(f64::NEG_INFINITY, f64::max)
    }
}

/// What a figure should come to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Goal {
    /// At least so many times what it is compared with.
    TimesAtLeast(f64),
    /// At most so many times what it is compared with.
    TimesAtMost(f64),
    /// At most this, in its own unit.
    AtMost(f64),
    /// At least this, in its own unit.
    AtLeast(f64),
    /// Nothing: it is shown to be read beside another.
    Shown,
}

/// A figure of ours beside what it is measured against.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Finding {
    /// The case, by the name that the command line takes, and what of it where it has several figures.
    pub(crate) case: String,
    /// Ours.
    pub(crate) ours: Series,
    /// What it is compared with.
    pub(crate) other: Option<Series>,
    /// What it should come to.
    pub(crate) goal: Goal,
}

impl Finding {
    /// Our median in terms of the other's.
    pub(crate) fn times(&self) -> Option<f64> {
        Some(self.ours.median() / self.other.as_ref()?.median())
    }

    /// Whether it comes to what it should, if there is anything.
    pub(crate) fn is_reached(&self) -> Option<bool> {
        let times = self.times().unwrap_or(f64::NAN);
        Some(match self.goal {
            Goal::TimesAtLeast(goal) => times >= goal,
            Goal::TimesAtMost(goal) => times <= goal,
            Goal::AtMost(goal) => self.ours.median() <= goal,
            Goal::AtLeast(goal) => self.ours.median() >= goal,
            Goal::Shown => return None,
        })
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn series(rounds: &[f64]) -> Series {
        Series {
            rounds: rounds.to_vec(),
            ..Series::new("one", "/s")
        }
    }

    pub(crate) fn finding(ours: f64, other: Option<f64>, goal: Goal) -> Finding {
        Finding {
            case: "set".to_owned(),
            ours: series(&[ours]),
            other: other.map(|other| series(&[other])),
            goal,
        }
    }

    #[test]
    fn one_bad_round_does_not_move_the_median() {
        assert!((series(&[100.0, 3.0, 101.0, 99.0, 102.0]).median() - 100.0).abs() < 1e-9);
        assert!((series(&[4.0, 1.0, 3.0, 2.0]).median() - 2.5).abs() < 1e-9);
        assert!(series(&[]).median().is_nan());
    }

    #[test]
    fn the_range_spans_all_rounds() {
        let series = series(&[5.0, 2.0, 9.0]);
        assert!((series.min() - 2.0).abs() < 1e-9 && (series.max() - 9.0).abs() < 1e-9);
    }

    #[test]
    fn a_goal_is_reached_from_its_own_side() {
        for (ours, other, goal, reached) in [
            (150.0, Some(100.0), Goal::TimesAtLeast(1.5), Some(true)),
            (149.0, Some(100.0), Goal::TimesAtLeast(1.5), Some(false)),
            (150.0, Some(100.0), Goal::TimesAtMost(1.5), Some(true)),
            (151.0, Some(100.0), Goal::TimesAtMost(1.5), Some(false)),
            (300.0, None, Goal::AtMost(300.0), Some(true)),
            (301.0, None, Goal::AtMost(300.0), Some(false)),
            (3000.0, Some(77.7), Goal::AtLeast(3000.0), Some(true)),
            (2999.0, Some(77.7), Goal::AtLeast(3000.0), Some(false)),
            // Without a round on either side nothing is reached.
            (1.0, None, Goal::TimesAtLeast(0.0), Some(false)),
            (f64::NAN, None, Goal::AtMost(1.0), Some(false)),
            (1.0, Some(2.0), Goal::Shown, None),
        ] {
            assert_eq!(
                finding(ours, other, goal).is_reached(),
                reached,
                "{ours} {other:?} {goal:?}"
            );
        }
    }
}
