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

#[cfg(test)]
mod tests {
    use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumberType, interfaces::AsOriginal as _};

    use super::*;

    #[test]
    fn a_sort_contains_what_the_library_matches_and_nothing_else() {
        let library = PHONE_NUMBER_UTIL.as_original();
        let mut seen = [0, 0];
        for region in PHONE_NUMBER_UTIL.get_supported_regions() {
            let country = PHONE_NUMBER_UTIL.get_country_code_for_region(region).unwrap();
            let plan = library
                .get_metadata_for_region_or_calling_code(country, region)
                .unwrap();
            let examples = [PhoneNumberType::Mobile, PhoneNumberType::FixedLine].into_iter();
            let examples = examples
                .filter_map(|sort| {
                    PHONE_NUMBER_UTIL
                        .get_example_number_for_type_and_region(region, sort)
                        .ok()
                })
                .map(|number| number.to_string()[1 + country.to_string().len()..].to_owned());
            let numbers = examples.flat_map(|number| {
                let (first, rest) = number.split_at(1);
                let (shorter, longer) = (rest.to_owned(), format!("{number}0"));
                let others = (0..10).map(|digit| format!("{first}{digit}{}", &rest[1..]));
                [number.clone(), shorter, longer]
                    .into_iter()
                    .chain(others)
                    .collect::<Vec<_>>()
            });
            let numbers: Vec<String> = numbers.collect();
            for sort in [&plan.mobile, &plan.fixed_line, &plan.general_desc] {
                let expression = sort.national_number_pattern().pattern_base.as_deref();
                let read = Sort::read(&sort.original.possible_length, expression);
                for number in &numbers {
                    let ours = read.as_ref().is_some_and(|sort| sort.contains(number));
                    let theirs = library.is_number_matching_desc(number, sort).unwrap();
                    assert_eq!(ours, theirs, "{country} {number}");
                    seen[usize::from(ours)] += 1;
                }
            }
        }
        assert!(seen.iter().all(|count| *count > 1_000), "{seen:?}");
    }
}
