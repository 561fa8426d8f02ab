//! `[organization]`: the default one.

use ringtrue_core::{OrgId, Organization};
use serde::Deserialize;

use super::problem::Problems;

/// The section as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawOrganization {
    id: String,
    name: String,
}

/// The section, checked.
#[derive(Debug, Clone)]
pub(crate) struct OrganizationConfig {
    /// The id of the default organisation.
    pub(crate) id: OrgId,
    /// What it is called.
    pub(crate) name: String,
}

impl TryFrom<RawOrganization> for OrganizationConfig {
    type Error = Problems;

    fn try_from(raw: RawOrganization) -> Result<Self, Problems> {
        let mut problems = Problems::default();
        let id = problems.check("organization.id", OrgId::parse(&raw.id));
        let name = problems.check("organization.name", Organization::parse_name(&raw.name));
        match (id, name) {
            (Some(id), Some(name)) => Ok(Self { id, name }),
            _ => Err(problems),
        }
    }
}
