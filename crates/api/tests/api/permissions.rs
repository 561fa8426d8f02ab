//! Who may call what: every method × every kind of caller × every protocol × both versions, against one page.

use std::fmt::Write as _;

use ringtrue_core::{
    UserId,
    access::{Role, Subject},
};
use serde_json::{Value, json};

use crate::support::{
    golden,
    protocol::{Call, Protocol},
    server::{AWAY, CODE, HOME, NUMBER, OWNER, Server},
};

/// An address that nobody has.
const ADDRESS: &str = "new@example.com";

const CALLERS: [&str; 11] = [
    "no token",
    "bad token",
    "not a bearer",
    "self",
    "other user",
    "org viewer",
    "org manager",
    "org owner",
    "owner elsewhere",
    "instance viewer",
    "instance owner",
];

/// What is called: a name for the page, the method, and the rest of its request.
fn calls() -> Vec<(&'static str, &'static str, Value)> {
    let other = "+41791234568";
    vec![
        ("SetPhone", "SetPhone", json!({ "phone": other })),
        (
            "SetPhone sendCode",
            "SetPhone",
            json!({ "phone": other, "sendCode": {} }),
        ),
        (
            "SetPhone returnCode",
            "SetPhone",
            json!({ "phone": other, "returnCode": {} }),
        ),
        (
            "SetPhone isVerified",
            "SetPhone",
            json!({ "phone": other, "isVerified": true }),
        ),
        ("SetPhone unusable number", "SetPhone", json!({ "phone": "12" })),
        ("SetPhone same number", "SetPhone", json!({ "phone": NUMBER })),
        ("SetPhone no number", "SetPhone", json!({})),
        ("ResendPhoneCode", "ResendPhoneCode", json!({})),
        (
            "ResendPhoneCode returnCode",
            "ResendPhoneCode",
            json!({ "returnCode": {} }),
        ),
        ("VerifyPhone", "VerifyPhone", json!({ "verificationCode": CODE })),
        (
            "VerifyPhone wrong code",
            "VerifyPhone",
            json!({ "verificationCode": "000000" }),
        ),
        ("RemovePhone", "RemovePhone", json!({})),
        ("GetUserByID", "GetUserByID", json!({})),
        (
            "ListUsers",
            "ListUsers",
            json!({ "queries": [{ "userNameQuery": { "userName": "x" } }] }),
        ),
        ("DeleteUser", "DeleteUser", json!({})),
        ("DeactivateUser", "DeactivateUser", json!({})),
        ("ReactivateUser", "ReactivateUser", json!({})),
        ("LockUser", "LockUser", json!({})),
        ("UnlockUser", "UnlockUser", json!({})),
        ("SetEmail", "SetEmail", json!({ "email": ADDRESS })),
        (
            "SetEmail returnCode",
            "SetEmail",
            json!({ "email": ADDRESS, "returnCode": {} }),
        ),
        (
            "SetEmail isVerified",
            "SetEmail",
            json!({ "email": ADDRESS, "isVerified": true }),
        ),
        (
            "ResendEmailCode returnCode",
            "ResendEmailCode",
            json!({ "returnCode": {} }),
        ),
        ("VerifyEmail", "VerifyEmail", json!({ "verificationCode": CODE })),
        (
            "VerifyEmail wrong code",
            "VerifyEmail",
            json!({ "verificationCode": "000000" }),
        ),
        ("RegisterU2F", "RegisterU2F", json!({})),
    ]
}

/// What is changed of a person, by `UpdateUser` and by `UpdateHumanUser`.
fn changes() -> Vec<(&'static str, Value)> {
    let other = "+41791234568";
    vec![
        (
            "profile",
            json!({ "profile": { "givenName": "Grace", "familyName": "Hopper" } }),
        ),
        ("email", json!({ "email": { "email": ADDRESS } })),
        (
            "email returnCode",
            json!({ "email": { "email": ADDRESS, "returnCode": {} } }),
        ),
        (
            "email isVerified",
            json!({ "email": { "email": ADDRESS, "isVerified": true } }),
        ),
        ("phone", json!({ "phone": { "phone": other } })),
        (
            "phone returnCode",
            json!({ "phone": { "phone": other, "returnCode": {} } }),
        ),
        (
            "phone isVerified",
            json!({ "phone": { "phone": other, "isVerified": true } }),
        ),
        (
            "same phone isVerified",
            json!({ "phone": { "phone": NUMBER, "isVerified": true } }),
        ),
    ]
}

/// A name for the page, and the call for a user.
type Named<'a> = (&'static str, &'a dyn Fn(&str) -> Call);

/// The versions that have a method.
fn versions(method: &str) -> &'static [&'static str] {
    match method {
        "CreateUser" | "UpdateUser" | "AddOrganization" | "ListOrganizations" => &["v2"],
        _ => &["v2", "v2beta"],
    }
}

/// The `Authorization` of each kind of caller; `self_token` is that of the user whom the call is about.
fn authorization(caller: &str, self_token: &str) -> Option<String> {
    match caller {
        "no token" => None,
        "bad token" => Some("Bearer nobodys".to_owned()),
        "not a bearer" => Some(format!("Basic {OWNER}")),
        "self" => Some(format!("Bearer {self_token}")),
        "instance owner" => Some(format!("Bearer {OWNER}")),
        named => Some(format!("Bearer {named}")),
    }
}

async fn server() -> Server {
    let server = Server::start().await;
    for (token, roles) in [
        ("other user", &[][..]),
        ("org viewer", &[(Role::OrgOwnerViewer, Some(HOME))]),
        ("org manager", &[(Role::OrgUserManager, Some(HOME))]),
        ("org owner", &[(Role::OrgOwner, Some(HOME))]),
        ("owner elsewhere", &[(Role::OrgOwner, Some(AWAY))]),
        ("instance viewer", &[(Role::IamOwnerViewer, None)]),
    ] {
        let user = token.replace(' ', "-");
        server.user(&user).await;
        let subject = Subject::User(UserId::parse(&user).unwrap());
        server.token(token, subject, roles).await;
    }
    server
}

/// Makes one call in every way there is; all must have one outcome.
async fn cell(
    server: &Server,
    (row, column): (usize, usize),
    call: impl Fn(&str) -> Call,
    user_is_there: bool,
) -> String {
    let mut outcomes = Vec::new();
    for version in ["v2", "v2beta"] {
        for protocol in Protocol::ALL {
            let user = format!("{row}-{column}-{version}-{protocol:?}").to_lowercase();
            if user_is_there {
                server.user(&user).await;
                server.phone(&user, NUMBER).await;
                server.email(&user, &format!("second-{user}@example.com")).await;
                server.token_of(&user, &user).await;
            }
            let mut call = call(&user).version(version);
            if !versions(call.method).contains(&version) {
                continue;
            }
            call.authorization =
                authorization(CALLERS[column], if user_is_there { &user } else { "other user" });
            let outcome = call.by(protocol, server).await;
            let told = match (outcome.code, outcome.id.as_str()) {
                (0, _) => "ok".to_owned(),
                (code, "") => format!("{code} {}", outcome.message),
                (code, id) => format!("{code} {id}"),
            };
            outcomes.push((version, protocol, told));
        }
    }
    let first = outcomes[0].2.clone();
    for (version, protocol, told) in outcomes {
        assert_eq!(told, first, "{row} {} {version} {protocol:?}", CALLERS[column]);
    }
    first
}

#[tokio::test]
async fn every_method_lets_exactly_those_call_it_who_may() {
    let server = server().await;
    let mut rows: Vec<(String, Vec<String>)> = Vec::new();
    let mut table: Vec<(String, &'static str, Value)> = calls()
        .into_iter()
        .map(|(name, method, rest)| (name.to_owned(), method, rest))
        .collect();
    for (name, change) in changes() {
        let human = json!({ "human": change });
        table.push((format!("UpdateHumanUser {name}"), "UpdateHumanUser", change));
        table.push((format!("UpdateUser {name}"), "UpdateUser", human));
    }
    for (name, method, rest) in table {
        for (whom, there) in [("a user", true), ("nobody", false)] {
            let mut cells = Vec::new();
            for column in 0..CALLERS.len() {
                let request = |user: &str| {
                    let mut request = rest.clone();
                    request["userId"] = json!(user);
                    Call::new(method, request)
                };
                cells.push(cell(&server, (rows.len(), column), request, there).await);
            }
            rows.push((format!("{name}\t{whom}"), cells));
        }
    }
    for organization in [HOME, "nowhere"] {
        let profile = json!({ "givenName": "Ada", "familyName": "Lovelace" });
        let email = |user: &str, method: &str| json!({ "email": format!("{method}-{user}@example.com") });
        let add = |user: &str| {
            let request = json!({
                "profile": profile,
                "email": email(user, "add"),
                "organization": { "orgId": organization },
            });
            Call::new("AddHumanUser", request)
        };
        let create = |user: &str| {
            let human = json!({ "profile": profile, "email": email(user, "create") });
            Call::new(
                "CreateUser",
                json!({ "organizationId": organization, "human": human }),
            )
        };
        let creations: [Named; 2] = [("AddHumanUser", &add), ("CreateUser", &create)];
        for (name, request) in creations {
            let mut cells = Vec::new();
            for column in 0..CALLERS.len() {
                // Who creates is somebody: "self" is any user.
                cells.push(cell(&server, (rows.len(), column), request, true).await);
            }
            rows.push((format!("{name}\tin {organization}"), cells));
        }
    }
    let add = |_: &str| Call::new("AddOrganization", json!({ "name": "Acme" }));
    let again = |_: &str| {
        Call::new(
            "AddOrganization",
            json!({ "name": "Acme", "organizationId": HOME }),
        )
    };
    let list = |_: &str| Call::new("ListOrganizations", json!({}));
    let of_organizations: [Named; 3] = [
        ("AddOrganization\ta new one", &add),
        ("AddOrganization\tone that exists", &again),
        ("ListOrganizations\tall", &list),
    ];
    for (name, request) in of_organizations {
        let mut cells = Vec::new();
        for column in 0..CALLERS.len() {
            cells.push(cell(&server, (rows.len(), column), request, true).await);
        }
        rows.push((name.to_owned(), cells));
    }

    let mut page = format!(
        "# {} calls x {} callers x {} protocols x every version that has the method, which all agree\n\
         call\twhom\t{}\n",
        rows.len(),
        CALLERS.len(),
        Protocol::ALL.len(),
        CALLERS.join("\t")
    );
    for (name, cells) in rows {
        writeln!(page, "{name}\t{}", cells.join("\t")).unwrap();
    }
    golden::check("permissions.tsv", &page);
}
