//! Which names a user holds, and which change hands when the user changes.

use std::iter;

use super::{Claim, PhoneUniqueness, User};
use crate::{OrgId, phone_number::PhoneNumber};

/// What the names of a user are made of: as long as this stays, so do they.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Named<'a> {
    username: &'a str,
    /// The number, once it is proven, and the organisation in which it may be unique.
    proven: Option<(&'a PhoneNumber, &'a OrgId)>,
}

impl Named<'_> {
    /// The names under any of these rules.
    fn claims(self, rules: &[PhoneUniqueness]) -> Vec<Claim> {
        let numbers = self.proven.into_iter().flat_map(|(number, organization)| {
            rules
                .iter()
                .filter_map(move |rule| rule.claim(number, organization))
        });
        iter::once(Claim::username(self.username))
            .chain(numbers)
            .collect()
    }
}

impl User {
    fn named(&self) -> Option<Named<'_>> {
        let account = self.account()?;
        let proven = account.phone.as_ref().filter(|phone| phone.verified);
        Some(Named {
            username: &account.username,
            proven: proven.map(|phone| (&phone.number, &account.organization)),
        })
    }

    /// The names that the user holds under this rule, which nobody else may.
    #[must_use]
    pub fn claims(&self, rule: PhoneUniqueness) -> Vec<Claim> {
        self.named().map_or_else(Vec::new, |named| named.claims(&[rule]))
    }

    /// The names that the user may have come to hold under any rule. They are given back by this list, so that a rule that
    /// was in force once leaves no name behind.
    #[must_use]
    pub fn claims_under_any_rule(&self) -> Vec<Claim> {
        let any = &PhoneUniqueness::ALL;
        self.named().map_or_else(Vec::new, |named| named.claims(any))
    }
}

/// The names that change hands when a user changes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ClaimChanges {
    /// Those that the user takes.
    pub take: Vec<Claim>,
    /// Those that the user gives back.
    pub release: Vec<Claim>,
}

impl ClaimChanges {
    /// From what the user was to what the user is. What is taken is up to `rule`; what is given back is whatever any rule may
    /// have had the user take.
    #[must_use]
    pub fn between(before: &User, after: &User, rule: PhoneUniqueness) -> Self {
        if before.named() == after.named() {
            return Self::default();
        }
        let less = |mut claims: Vec<Claim>, others: Vec<Claim>| {
            claims.retain(|claim| !others.contains(claim));
            claims
        };
        Self {
            take: less(after.claims(rule), before.claims(rule)),
            release: less(before.claims_under_any_rule(), after.claims_under_any_rule()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        EmailAddress,
        user::{Event, Profile, evolve},
    };

    fn ada(username: &str) -> User {
        let added = Event::UserAdded {
            organization: OrgId::parse("org").unwrap(),
            username: username.to_owned(),
            profile: Profile {
                given_name: "Ada".to_owned(),
                family_name: "Lovelace".to_owned(),
                nick_name: None,
                display_name: "Ada Lovelace".to_owned(),
                preferred_language: None,
                gender: None,
            },
            email: EmailAddress::parse("ada@example.com").unwrap(),
            phone: Some(PhoneNumber::from_stored("+41791234567".to_owned())),
            created_at: time::OffsetDateTime::UNIX_EPOCH,
        };
        evolve(User::Absent, &added)
    }

    fn values(claims: &[Claim]) -> Vec<&str> {
        claims.iter().map(|claim| claim.value.as_str()).collect()
    }

    #[test]
    fn a_change_takes_by_the_rule_and_gives_back_by_any() {
        use PhoneUniqueness::{Instance, Off, Organization};
        let unproven = ada("Ada");
        let proven = evolve(unproven.clone(), &Event::PhoneVerified);
        let (number, in_org) = ("+41791234567", "+41791234567 org");
        for (rule, taken) in [
            (Off, vec![]),
            (Organization, vec![in_org]),
            (Instance, vec![number]),
        ] {
            let changes = ClaimChanges::between(&unproven, &proven, rule);
            assert_eq!((values(&changes.take), values(&changes.release)), (taken, vec![]));
            let back = ClaimChanges::between(&proven, &unproven, rule);
            assert_eq!(
                (values(&back.take), values(&back.release)),
                (vec![], vec![in_org, number])
            );
            let gone = ClaimChanges::between(&proven, &User::Removed, rule);
            assert_eq!(
                (values(&gone.take), values(&gone.release)),
                (vec![], vec!["ada", in_org, number])
            );
        }
    }

    #[test]
    fn a_username_that_changes_in_case_alone_stays_the_same_name() {
        let renamed = |to| ClaimChanges::between(&ada("Ada"), &ada(to), PhoneUniqueness::Off);
        assert_eq!(renamed("ADA"), ClaimChanges::default());
        let eve = renamed("Eve");
        assert_eq!(
            (values(&eve.take), values(&eve.release)),
            (vec!["eve"], vec!["ada"])
        );
    }
}
