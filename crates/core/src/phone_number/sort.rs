//! The numbers of one sort in one country, as an automaton that takes a digit a step.

use regex_automata::{
    Anchored, Input,
    dfa::{Automaton as _, StartKind, dense},
    util::syntax,
};

/// National numbers of one sort, all mobile ones for example.
#[derive(Debug)]
pub(super) struct Sort {
    /// How many digits they have; none is said where the expression says it.
    lens: Vec<i32>,
    /// What their digits are: the library's expression, without the library's way of running it.
    digits: dense::DFA<Vec<u32>>,
}

impl Sort {
    /// From the library's description. `None` if there is no such sort, or the expression is beyond an automaton.
    pub(super) fn read(lens: &[i32], expression: Option<&str>) -> Option<Self> {
        let whole = dense::Config::new()
            .start_kind(StartKind::Anchored)
            .accelerate(false);
        let bytes = syntax::Config::new().unicode(false).utf8(false);
        let digits = dense::Builder::new()
            .configure(whole)
            .syntax(bytes)
            .build(expression?);
        Some(Self {
            lens: lens.to_vec(),
            digits: digits.ok()?,
        })
    }

    /// Whether a national number, digits only, is one of them.
    pub(super) fn contains(&self, national: &str) -> bool {
        let has_len = |len: &i32| usize::try_from(*len) == Ok(national.len());
        let input = Input::new(national).anchored(Anchored::Yes);
        (self.lens.is_empty() || self.lens.iter().any(has_len))
            && matches!(self.digits.try_search_fwd(&input), Ok(Some(_)))
    }
}
