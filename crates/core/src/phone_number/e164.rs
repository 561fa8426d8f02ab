//! A short way for mobile numbers in E.164, which is how programs write them.
//!
//! The library reads a text by searching it with long expressions for what people write around a number, extensions and
//! second numbers for example, and then holds the number against each of a dozen sorts of numbers in turn, mobile numbers last.
//! Nothing of the former is to be found in `+` and digits, and one sort that fits is enough. Whatever does not fit here goes
//! the library's way, so that no rule stands here that could refuse or change a number.

use std::{borrow::Cow, sync::OnceLock};

use rlibphonenumber::{PHONE_NUMBER_UTIL, interfaces::AsOriginal as _};

use super::sort::Sort;

/// By its code, what a country's mobile numbers have to be: of this sort, and of that of all its numbers. Read when the first
/// number of the country comes.
static MOBILE: [OnceLock<Option<Box<[Sort; 2]>>>; 1_000] = [const { OnceLock::new() }; 1_000];

/// `+`, a country code, a national number: fewer characters may be no number at all, and E.164 has no more.
const LEN: std::ops::RangeInclusive<usize> = 8..=16;

/// Whether the text is a mobile number in E.164 that its country has assigned, and that the library would leave as it is. If
/// not, it may still be a number.
pub(super) fn is_mobile(text: &str) -> bool {
    let Some(digits) = text.strip_prefix('+').filter(|_| LEN.contains(&text.len())) else {
        return false;
    };
    digits.bytes().all(|byte| byte.is_ascii_digit()) && is_assigned(digits).unwrap_or(false)
}

/// `None` where the library has no answer.
fn is_assigned(digits: &str) -> Option<bool> {
    let library = PHONE_NUMBER_UTIL.as_original();
    let (national, country) = library.extract_country_code(Cow::Borrowed(digits))?;
    // The first region of a country code is the one that the library tries first; others that share the code go its way.
    let region = library.get_region_for_country_code(country)?;
    let plan = library.get_metadata_for_region_or_calling_code(country, region)?;
    // What is dialled before a national number would be dropped from this one too.
    let prefix = plan.national_prefix_for_parsing().original_base();
    let is_kept = if prefix.bytes().all(|byte| byte.is_ascii_digit()) {
        prefix.is_empty() || !national.starts_with(prefix)
    } else {
        let dropped = library.maybe_strip_national_prefix_and_carrier_code(plan, &national);
        dropped.ok()?.0 == national
    };
    let sorts = MOBILE.get(usize::try_from(country).ok()?)?.get_or_init(|| {
        let mobile = if plan.original.same_mobile_and_fixed_line_pattern() {
            &plan.fixed_line
        } else {
            &plan.mobile
        };
        let [mobile, all] = [mobile, &plan.general_desc].map(|sort| {
            let expression = sort.national_number_pattern().pattern_base.as_deref();
            Sort::read(&sort.original.possible_length, expression)
        });
        Some(Box::new([mobile?, all?]))
    });
    Some(is_kept && sorts.as_ref()?.iter().all(|sort| sort.contains(&national)))
}

#[cfg(test)]
mod tests {
    use rlibphonenumber::PhoneNumberType;

    use super::*;
    use crate::phone_number::{PhoneNumber, PhoneRules, Validation};

    /// Of each region a number of each sort.
    fn examples(sorts: &[PhoneNumberType]) -> Vec<String> {
        let library = &*PHONE_NUMBER_UTIL;
        let mut regions: Vec<_> = library.get_supported_regions().collect();
        regions.sort_by_key(|region| format!("{region:?}"));
        let of_sorts = |region| {
            sorts
                .iter()
                .filter_map(move |sort| library.get_example_number_for_type_and_region(region, *sort).ok())
        };
        let numbers = regions.into_iter().flat_map(of_sorts);
        numbers.map(|number| number.to_string()).collect()
    }

    /// Numbers that differ from this one in one of its first digits, or have one more or less there.
    fn neighbours(number: &str) -> Vec<String> {
        let mut found = vec![number.to_owned()];
        for at in 1..number.len().min(7) {
            let (start, end) = (&number[..at], &number[at + 1..]);
            found.extend((0..10).map(|digit| format!("{start}{digit}{end}")));
            found.extend([0, 1, 8].map(|digit| format!("{start}{digit}{}", &number[at..])));
            found.push(format!("{start}{end}"));
        }
        found
    }

    #[test]
    fn what_goes_the_short_way_comes_out_as_by_the_librarys() {
        let rules = PhoneRules {
            default_region: None,
            validation: Validation::Valid,
        };
        let mut short = 0;
        for number in examples(&[PhoneNumberType::Mobile, PhoneNumberType::FixedLine]) {
            for neighbour in neighbours(&number).into_iter().filter(|number| is_mobile(number)) {
                let read = rules.read(&neighbour);
                assert_eq!(read.as_ref().map(PhoneNumber::as_str), Ok(&*neighbour));
                short += 1;
            }
        }
        assert!(short > 5_000, "{short} numbers went the short way");
    }

    #[test]
    fn most_mobile_numbers_go_the_short_way() {
        let mobile = examples(&[PhoneNumberType::Mobile]);
        let short = mobile.iter().filter(|number| is_mobile(number)).count();
        assert!(short * 10 > mobile.len() * 7, "{short} of {}", mobile.len());
        assert!(is_mobile("+41791234567") && is_mobile("+4915112345678"));
        for other in [
            "",
            "+",
            "+41441234567",
            "0791234567",
            "41791234567",
            "+41 79 123 45 67",
            "+417912345678901234",
        ] {
            assert!(!is_mobile(other), "{other}");
        }
    }
}
