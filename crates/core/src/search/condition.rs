use super::{PhoneMatch, TextField, TextMatch};
use crate::{OrgId, UserId, phone_number::PhoneRules, user::Standing};

/// How many conditions may stand one within another around a plain one (`contract.md` 1.5).
pub const NESTING_MAX: usize = 20;

/// How many conditions a search may have, those that join others included. Stores turn them into one statement each, and
/// databases bound how large an expression may be.
pub const CONDITIONS_MAX: usize = 500;

/// What must be true of a user to be found. Users who were deleted are never found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// This text is such.
    Text(TextField, TextMatch),
    /// The phone is such. Whoever has none has no such phone.
    Phone(PhoneMatch),
    /// The user stands so.
    Standing(Standing),
    /// This organisation owns the user.
    Organization(OrgId),
    /// The user is one of these.
    Ids(Vec<UserId>),
    /// The e-mail address is one of these, letter by letter.
    Emails(Vec<String>),
    /// All of these hold; of none of them, everybody.
    All(Vec<Self>),
    /// At least one of these holds; of none of them, nobody.
    Any(Vec<Self>),
    /// This does not hold.
    Not(Box<Self>),
}

impl Condition {
    /// What holds of every user.
    #[must_use]
    pub const fn everybody() -> Self {
        Self::All(Vec::new())
    }

    /// What holds of no user.
    #[must_use]
    pub const fn nobody() -> Self {
        Self::Any(Vec::new())
    }

    /// How many conditions stand around the one that is deepest within.
    #[must_use]
    pub fn nesting(&self) -> usize {
        match self {
            Self::All(parts) | Self::Any(parts) => parts
                .iter()
                .map(|part| part.nesting() + 1)
                .max()
                .unwrap_or_default(),
            Self::Not(part) => part.nesting() + 1,
            _ => 0,
        }
    }

    /// How many conditions there are, itself included.
    #[must_use]
    pub fn count(&self) -> usize {
        let within = match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().map(Self::count).sum(),
            Self::Not(part) => part.count(),
            _ => 0,
        };
        within + 1
    }

    /// Whether any part of it asks for a phone.
    #[must_use]
    pub fn asks_for_phone(&self) -> bool {
        match self {
            Self::Phone(_) => true,
            Self::All(parts) | Self::Any(parts) => parts.iter().any(Self::asks_for_phone),
            Self::Not(part) => part.asks_for_phone(),
            _ => false,
        }
    }

    /// Whether it asks for a phone and for nothing else.
    #[must_use]
    pub fn asks_for_phone_alone(&self) -> bool {
        match self {
            Self::Phone(_) => true,
            Self::All(parts) | Self::Any(parts) => {
                !parts.is_empty() && parts.iter().all(Self::asks_for_phone_alone)
            }
            Self::Not(part) => part.asks_for_phone_alone(),
            _ => false,
        }
    }

    /// The condition with the phones that were typed read as numbers; see [`PhoneMatch::read_by`].
    #[must_use]
    pub fn with_phones_read_by(self, rules: &PhoneRules) -> Self {
        let each = |parts: Vec<Self>| parts.into_iter().map(|part| part.with_phones_read_by(rules));
        match self {
            Self::Phone(typed) => typed.read_by(rules),
            Self::All(parts) => Self::All(each(parts).collect()),
            Self::Any(parts) => Self::Any(each(parts).collect()),
            Self::Not(part) => Self::Not(Box::new(part.with_phones_read_by(rules))),
            other => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nesting_counts_what_stands_around_and_not_the_condition_itself() {
        let plain = Condition::Standing(Standing::Active);
        assert_eq!((plain.nesting(), plain.count()), (0, 1));
        let mut nested = plain;
        for _ in 0..5 {
            nested = Condition::Not(Box::new(Condition::All(vec![nested, Condition::everybody()])));
        }
        assert_eq!((nested.nesting(), nested.count()), (10, 16));
    }
}
