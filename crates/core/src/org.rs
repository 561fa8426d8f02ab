//! Organisations own users.

use time::OffsetDateTime;

use crate::{OrgId, search::Direction};

/// The most Unicode code points that a name may have.
const NAME_LEN_MAX: usize = 200;

/// An organisation: the owner of users and the scope of `ORG_…` roles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organization {
    /// Its id, chosen by whoever created it or drawn.
    pub id: OrgId,
    /// Its name, for people; others may have the same.
    pub name: String,
    /// When it was created.
    pub created_at: OffsetDateTime,
}

/// Why a text is no name of an organisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, thiserror::Error)]
#[error("is a name of 1 to {NAME_LEN_MAX} characters, none of them a control character")]
pub struct OrganizationNameError;

impl Organization {
    /// Makes a text a name that people can read, without the blanks around it.
    ///
    /// # Errors
    /// Nothing is left, or more than 200 characters, or one that is a control character.
    pub fn parse_name(text: &str) -> Result<String, OrganizationNameError> {
        let name = text.trim();
        if name.is_empty() || name.chars().count() > NAME_LEN_MAX || name.chars().any(char::is_control) {
            return Err(OrganizationNameError);
        }
        Ok(name.to_owned())
    }
}

/// Which organisations are looked for, and which part of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrganizationSearch {
    /// Only these; `None` is all. Some of them may not exist.
    pub ids: Option<Vec<OrgId>>,
    /// Only those of exactly one of these names; `None` is any name.
    pub names: Option<Vec<String>>,
    /// By what they are sorted.
    pub sort_by: OrganizationOrder,
    /// In which direction.
    pub direction: Direction,
    /// How many are left out at the start.
    pub offset: u64,
    /// How many are given at most; to [`Organizations::search`](crate::Organizations::search) 0 is
    /// [`LIMIT_DEFAULT`](crate::search::LIMIT_DEFAULT).
    pub limit: u32,
}

/// By what organisations are sorted. Ties go by id, in the same direction, so that pages neither overlap nor leave a gap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrganizationOrder {
    /// By id, byte by byte.
    Id,
    /// By name, byte by byte.
    Name,
    /// By when they were created.
    CreatedAt,
}

impl OrganizationOrder {
    /// What stores call it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Name => "name",
            Self::CreatedAt => "created_at",
        }
    }
}

/// A part of the organisations that a search finds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OrganizationPage {
    /// These, in order.
    pub organizations: Vec<Organization>,
    /// How many there are in all.
    pub total: u64,
}

impl OrganizationSearch {
    /// Looks only among these, besides what was asked before.
    #[must_use]
    pub fn among(mut self, ids: &[OrgId]) -> Self {
        self.ids = Some(both(self.ids.as_deref(), ids));
        self
    }

    /// Looks only for this name, besides what was asked before.
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        self.names = Some(both(self.names.as_deref(), &[name.to_owned()]));
        self
    }
}

/// What is in both, once; `None` has everything.
fn both<T: Clone + PartialEq>(some: Option<&[T]>, others: &[T]) -> Vec<T> {
    let mut both = Vec::new();
    for other in others {
        if some.is_none_or(|some| some.contains(other)) && !both.contains(other) {
            both.push(other.clone());
        }
    }
    both
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_what_people_can_read() {
        assert_eq!(
            Organization::parse_name("  Acme & Töchter "),
            Ok("Acme & Töchter".to_owned())
        );
        assert!(Organization::parse_name(&"é".repeat(200)).is_ok());
        for none in ["", " \t", "a\nb", &"é".repeat(201)] {
            assert_eq!(
                Organization::parse_name(none),
                Err(OrganizationNameError),
                "{none:?}"
            );
        }
    }

    #[test]
    fn conditions_add_up() {
        let id = |text: &str| OrgId::from_stored(text.to_owned());
        let all = OrganizationSearch {
            ids: None,
            names: None,
            sort_by: OrganizationOrder::Id,
            direction: Direction::Ascending,
            offset: 0,
            limit: 10,
        };
        let some = all.among(&[id("a"), id("b"), id("a")]).among(&[id("b"), id("c")]);
        assert_eq!(some.ids, Some(vec![id("b")]));
        let some = some.named("Acme").named("Other");
        assert_eq!(some.names, Some(Vec::new()));
    }
}
