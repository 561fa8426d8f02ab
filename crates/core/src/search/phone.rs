//! Phones as people search for them.

use std::fmt;

use super::{Condition, Relation};
use crate::phone_number::PhoneRules;

/// A comparison with a number. As a caller gives it, the text is what somebody typed; as a store is given it, part of an
/// E.164 number. Capitals do not come into it.
#[derive(Clone, PartialEq, Eq)]
pub struct PhoneMatch {
    /// Which part of the number is compared.
    pub relation: Relation,
    /// With what.
    pub text: String,
}

impl fmt::Debug for PhoneMatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PhoneMatch({:?}, ..)", self.relation)
    }
}

impl PhoneMatch {
    /// Reads what was typed as numbers that are stored.
    ///
    /// - Spaces and the punctuation that numbers are written with do not count, full-width digits are digits, and a
    ///   `00` at its beginning is `+`.
    /// - A text that is a whole number, in national form too where there is a default region, finds the number that it
    ///   would have been stored as, whatever the relation.
    /// - The beginning of a number in national form, with a default region, is that of the region's numbers: with `CH`,
    ///   `079` is `+4179`.
    #[must_use]
    pub fn read_by(self, rules: &PhoneRules) -> Condition {
        let relation = self.relation;
        let mut compact = compact(&self.text);
        if needs_plus(relation)
            && let Some(rest) = compact.strip_prefix("00")
        {
            compact = format!("+{rest}");
        }
        let mut readings = vec![(relation, compact.clone())];
        if let Ok(number) = rules.parse(&self.text) {
            readings.push((Relation::Equals, number.as_str().to_owned()));
        }
        if relation == Relation::StartsWith
            && compact.starts_with(|c: char| c.is_ascii_digit())
            && let Some(region) = rules.default_region
        {
            readings.extend(region.beginning(&compact).map(|start| (relation, start)));
        }
        // What no stored number can hold is not looked for, and nothing twice: one reading takes in another.
        readings.retain(|(relation, text)| is_part_of_a_number(*relation, text));
        let mut kept: Vec<(Relation, String)> = Vec::new();
        for (relation, text) in readings {
            if !kept.iter().any(|(other, part)| {
                (*other == relation || relation == Relation::Equals) && other.holds(&text, part)
            }) {
                kept.push((relation, text));
            }
        }
        let mut conditions: Vec<Condition> = kept
            .into_iter()
            .map(|(relation, text)| Condition::Phone(Self { relation, text }))
            .collect();
        match conditions.pop() {
            Some(only) if conditions.is_empty() => only,
            last => {
                conditions.extend(last);
                Condition::Any(conditions)
            }
        }
    }
}

/// A number as typed, without what is there for the eye.
fn compact(typed: &str) -> String {
    let is_for_the_eye = |c: char| {
        c.is_whitespace()
            || matches!(
                c,
                '-' | '.' | '(' | ')' | '/' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{200B}'..='\u{200F}' | '\u{2060}'
            )
    };
    let narrow = |c: char| match c {
        '＋' => '+',
        '０'..='９' => char::from_u32(u32::from(c) - 0xFF10 + 0x30).unwrap_or(c),
        other => other,
    };
    typed
        .chars()
        .filter(|c| !is_for_the_eye(*c))
        .map(narrow)
        .collect()
}

/// Whether only what begins with `+`, as every stored number does, can stand in this relation to one.
const fn needs_plus(relation: Relation) -> bool {
    matches!(relation, Relation::Equals | Relation::StartsWith)
}

/// Whether a number in E.164 can stand in this relation to the text.
fn is_part_of_a_number(relation: Relation, text: &str) -> bool {
    let (plus, digits) = match text.strip_prefix('+') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    !text.is_empty() && (plus || !needs_plus(relation)) && digits.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phone_number::Validation;

    fn read(region: &str, relation: Relation, typed: &str) -> Vec<(Relation, String)> {
        fn flat(condition: Condition) -> Vec<(Relation, String)> {
            match condition {
                Condition::Phone(phone) => vec![(phone.relation, phone.text)],
                Condition::Any(parts) => parts.into_iter().flat_map(flat).collect(),
                other => panic!("{other:?}"),
            }
        }
        let rules = PhoneRules {
            default_region: region.parse().ok(),
            validation: Validation::Valid,
        };
        let text = typed.to_owned();
        flat(PhoneMatch { relation, text }.read_by(&rules))
    }

    #[test]
    fn a_number_is_found_however_it_is_written() {
        use Relation::{Contains, EndsWith, Equals, StartsWith};
        let whole = "+41791234567";
        for typed in [
            whole,
            "+41 79 123 45 67",
            "+41 (0)79 123 45 67",
            "＋４１ 79-123.45/67",
            "0041 79 123 45 67",
        ] {
            let found = read("", Equals, typed);
            assert!(found.contains(&(Equals, whole.to_owned())), "{typed}: {found:?}");
        }
        for relation in Relation::ALL {
            let found = read("CH", relation, "079 123 45 67");
            assert!(
                found.iter().any(|(it, text)| it.holds(whole, text)),
                "{relation:?}: {found:?}"
            );
        }
        assert_eq!(read("", Equals, "079 123 45 67"), []);
        for (region, relation, typed, readings) in [
            ("", StartsWith, "+41 79", &[(StartsWith, "+4179")][..]),
            ("", StartsWith, "0041 79", &[(StartsWith, "+4179")]),
            ("CH", StartsWith, "079", &[(StartsWith, "+4179")]),
            ("CH", StartsWith, "79", &[(StartsWith, "+4179")]),
            ("IT", StartsWith, "06", &[(StartsWith, "+3906")]),
            ("US", StartsWith, "(415) 5", &[(StartsWith, "+14155")]),
            ("US", StartsWith, "1 415 5", &[(StartsWith, "+14155")]),
            ("", StartsWith, "4179", &[]),
            ("CH", Contains, "123 45", &[(Contains, "12345")]),
            ("", EndsWith, "45-67", &[(EndsWith, "4567")]),
            ("", EndsWith, "00 67", &[(EndsWith, "0067")]),
            ("", Contains, "12a", &[]),
            ("", Contains, "%", &[]),
            ("", Contains, " ", &[]),
            ("", Equals, "abc", &[]),
        ] {
            let expected: Vec<_> = readings
                .iter()
                .map(|(relation, text)| (*relation, (*text).to_owned()))
                .collect();
            assert_eq!(
                read(region, relation, typed),
                expected,
                "{region} {relation:?} {typed}"
            );
        }
    }

    #[test]
    fn a_search_never_shows_the_number_in_debug_output() {
        let text = "+41791234567".to_owned();
        let shown = format!(
            "{:?}",
            Condition::Phone(PhoneMatch {
                relation: Relation::Equals,
                text
            })
        );
        assert!(!shown.contains("791"), "{shown}");
    }
}
