//! Which roles a token gives here.

use ringtrue_core::{
    OrgId,
    access::{Grant, Role},
};
use serde_json::Value;

use crate::claims::Claims;

/// Where a token names roles, and what they are here. A role that is not listed gives nothing.
#[derive(Debug, Clone)]
pub struct RoleRules {
    /// The claim with the roles: its name, or a path with dots.
    ///
    /// Three shapes are understood: ZITADEL's object `{role: {organisation's id: domain}}`, a list of names, and one text with
    /// names between spaces.
    pub roles_claim: String,
    /// The claim with the id of the user's organisation, in which `ORG_…` roles are held when the roles name none.
    pub organization_claim: String,
    /// What the issuer's roles are here.
    pub roles: Vec<(String, Role)>,
}

impl RoleRules {
    /// The roles that these claims give, which are the payload of a token or of an answer about one. None: they are no JSON
    /// object, or a name stands twice in them.
    #[must_use]
    pub fn given_by(&self, claims: &[u8]) -> Option<Vec<Grant>> {
        Some(self.grants(&Claims::read(claims)?))
    }

    pub(crate) fn grants(&self, claims: &Claims) -> Vec<Grant> {
        let home = claims.at(&self.organization_claim).and_then(Value::as_str);
        let home = home.and_then(|id| OrgId::parse(id).ok());
        let mut grants = Vec::new();
        let mut give = |name: &str, organization: Option<&OrgId>| {
            for (_, role) in self.roles.iter().filter(|(known, _)| known == name) {
                let organization = organization.filter(|_| !role.is_instance_wide());
                // An ORG_… role that is held nowhere is no role.
                if let Ok(grant) = Grant::new(*role, organization.cloned())
                    && !grants.contains(&grant)
                {
                    grants.push(grant);
                }
            }
        };
        match claims.at(&self.roles_claim) {
            Some(Value::Object(roles)) => {
                for (name, organizations) in roles {
                    let ids = organizations.as_object().into_iter().flatten();
                    for id in ids.filter_map(|(id, _)| OrgId::parse(id).ok()) {
                        give(name, Some(&id));
                    }
                }
            }
            Some(Value::Array(names)) => {
                for name in names.iter().filter_map(Value::as_str) {
                    give(name, home.as_ref());
                }
            }
            Some(Value::String(names)) => {
                for name in names.split_ascii_whitespace() {
                    give(name, home.as_ref());
                }
            }
            _ => {}
        }
        grants
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ZITADEL: &str = "urn:zitadel:iam:org:project:roles";
    const HOME: &str = "urn:zitadel:iam:user:resourceowner:id";

    fn grants(roles_claim: &str, claims: &Value) -> Vec<String> {
        let rules = RoleRules {
            roles_claim: roles_claim.to_owned(),
            organization_claim: HOME.to_owned(),
            roles: vec![
                ("manager".to_owned(), Role::OrgUserManager),
                ("viewer".to_owned(), Role::OrgOwnerViewer),
                ("operator".to_owned(), Role::IamUserManager),
                ("both".to_owned(), Role::OrgOwnerViewer),
                ("both".to_owned(), Role::IamOwnerViewer),
            ],
        };
        let claims = Claims::read(claims.to_string().as_bytes()).unwrap();
        let place = |grant: &Grant| match grant.organization() {
            Some(id) => format!("{} in {id}", grant.role().as_str()),
            None => grant.role().as_str().to_owned(),
        };
        rules.grants(&claims).iter().map(place).collect()
    }

    #[test]
    fn every_shape_of_a_roles_claim_gives_what_it_says_and_no_more() {
        let project = "urn:zitadel:iam:org:project:42:roles";
        let table = [
            (
                ZITADEL,
                json!({ ZITADEL: { "manager": { "1": "a.example", "2": "b.example" } } }),
                vec!["ORG_USER_MANAGER in 1", "ORG_USER_MANAGER in 2"],
            ),
            // The organisation that granted the role counts, not the one that the user is of.
            (
                ZITADEL,
                json!({ ZITADEL: { "viewer": { "1": "a.example" } }, HOME: "9" }),
                vec!["ORG_OWNER_VIEWER in 1"],
            ),
            (
                project,
                json!({ project: { "operator": { "1": "a", "2": "b" } }, ZITADEL: { "manager": { "1": "a" } } }),
                vec!["IAM_USER_MANAGER"],
            ),
            (
                ZITADEL,
                json!({ ZITADEL: { "manager": {}, "stranger": { "1": "a" } } }),
                vec![],
            ),
            (
                ZITADEL,
                json!({ ZITADEL: { "manager": true, "viewer": null, "operator": "1" } }),
                vec![],
            ),
            (
                "realm_access.roles",
                json!({ "realm_access": { "roles": ["operator", "offline_access", "operator"] } }),
                vec!["IAM_USER_MANAGER"],
            ),
            (
                "roles",
                json!({ "roles": ["manager"], HOME: "9" }),
                vec!["ORG_USER_MANAGER in 9"],
            ),
            ("roles", json!({ "roles": ["manager"] }), vec![]),
            ("roles", json!({ "roles": ["manager"], HOME: 9 }), vec![]),
            (
                "roles",
                json!({ "roles": ["both"], HOME: "9" }),
                vec!["ORG_OWNER_VIEWER in 9", "IAM_OWNER_VIEWER"],
            ),
            (
                "scope",
                json!({ "scope": "openid operator" }),
                vec!["IAM_USER_MANAGER"],
            ),
            (
                "roles",
                json!({ "roles": ["IAM_OWNER", "Manager", 1, null] }),
                vec![],
            ),
            ("roles", json!({ "roles": 1 }), vec![]),
            ("roles", json!({}), vec![]),
        ];
        for (claim, claims, expected) in table {
            assert_eq!(grants(claim, &claims), expected, "{claims}");
        }
    }
}
