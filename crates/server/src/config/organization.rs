//! `[organization]`: the default one.

use ringtrue_core::OrgId;
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
        let name = problems.check("organization.name", organization_name(&raw.name));
        match (id, name) {
            (Some(id), Some(name)) => Ok(Self { id, name }),
            _ => Err(problems),
        }
    }
}

/// A name that people can read: 1 to 200 characters, none of them a control character.
pub(crate) fn organization_name(text: &str) -> Result<String, &'static str> {
    let name = text.trim();
    if name.is_empty() || name.chars().count() > 200 || name.chars().any(char::is_control) {
        return Err("is a name of 1 to 200 characters");
    }
    Ok(name.to_owned())
}
