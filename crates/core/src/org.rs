//! Organisations own users.

use time::OffsetDateTime;

use crate::OrgId;

/// An organisation: the owner of users and the scope of `ORG_…` roles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organization {
    /// Its id, chosen by whoever created it or drawn.
    pub id: OrgId,
    /// Its name, for people.
    pub name: String,
    /// When it was created.
    pub created_at: OffsetDateTime,
}
