use std::collections::BTreeSet;

use ringtrue_core::access::{Grant, Role};
use ringtrue_oidc::RoleRules;
use serde_json::Value;

/// Where roles may stand. The place in the list is part of every input of the corpus: add at the end.
const CLAIMS: [&str; 3] = ["urn:zitadel:iam:org:project:roles", "realm_access.roles", "scope"];
const HOME: &str = "urn:zitadel:iam:user:resourceowner:id";
const ROLES: [(&str, Role); 4] = [
    ("manager", Role::OrgUserManager),
    ("operator", Role::IamUserManager),
    ("both", Role::OrgOwnerViewer),
    ("both", Role::IamOwnerViewer),
];

/// The roles in a token: the first byte chooses the claim that they stand in, the others are the token's claims.
///
/// What is no JSON object gives nothing at all. A role is given only if its name is in the claims, and its organisation
/// too, and only once; and how the same claims are written makes no difference.
///
/// # Panics
/// Where a promise is broken.
pub fn role_claims(data: &[u8]) {
    let Some((&choice, claims)) = data.split_first() else {
        return;
    };
    let rules = RoleRules {
        roles_claim: CLAIMS[usize::from(choice) % CLAIMS.len()].to_owned(),
        organization_claim: HOME.to_owned(),
        roles: ROLES.map(|(name, role)| (name.to_owned(), role)).to_vec(),
    };
    let Some(grants) = rules.given_by(claims) else {
        return;
    };
    let value: Value = serde_json::from_slice(claims).expect("what was read is JSON");
    assert!(value.is_object(), "what is no object gives roles");
    let mut words = BTreeSet::new();
    collect(&value, &mut words);
    for (nth, grant) in grants.iter().enumerate() {
        assert!(!grants[..nth].contains(grant), "a role is given twice");
        let named = |(name, role): &(&str, Role)| *role == grant.role() && words.contains(name);
        assert!(ROLES.iter().any(named), "nothing names {grant:?}");
        match grant.organization() {
            Some(id) => assert!(words.contains(id.as_str()), "nothing names {grant:?}"),
            None => assert!(grant.role().is_instance_wide(), "{grant:?} is held nowhere"),
        }
    }
    let again = serde_json::to_vec(&value).expect("what was read is written");
    let again = rules.given_by(&again).expect("what was written is read");
    assert!(
        grants.len() == again.len() && grants.iter().all(|grant: &Grant| again.contains(grant)),
        "written otherwise: {grants:?} {again:?}"
    );
}

/// Every name and every text, and of a text with blanks its words.
fn collect<'a>(value: &'a Value, words: &mut BTreeSet<&'a str>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                words.insert(name);
                collect(value, words);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, words)),
        Value::String(text) => {
            words.insert(text);
            words.extend(text.split_ascii_whitespace());
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
