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

const VERSIONS: [&str; 2] = ["v2", "v2beta"];

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
        ("DeleteUser", "DeleteUser", json!({})),
        ("DeactivateUser", "DeactivateUser", json!({})),
        ("SetEmail", "SetEmail", json!({})),
    ]
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
    row: usize,
    column: usize,
    call: impl Fn(&str) -> Call,
    user_is_there: bool,
) -> String {
    let mut outcomes = Vec::new();
    for version in VERSIONS {
        for protocol in Protocol::ALL {
            let user = format!("{row}-{column}-{version}-{protocol:?}").to_lowercase();
            if user_is_there {
                server.user(&user).await;
                server.phone(&user, NUMBER).await;
                server.token_of(&user, &user).await;
            }
            let mut call = call(&user).version(version);
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
    for (name, method, rest) in calls() {
        for (whom, there) in [("a user", true), ("nobody", false)] {
            let mut cells = Vec::new();
            for column in 0..CALLERS.len() {
                let request = |user: &str| {
                    let mut request = rest.clone();
                    request["userId"] = json!(user);
                    Call::new(method, request)
                };
                cells.push(cell(&server, rows.len(), column, request, there).await);
            }
            rows.push((format!("{name}\t{whom}"), cells));
        }
    }
    for organization in [HOME, "nowhere"] {
        let mut cells = Vec::new();
        for column in 0..CALLERS.len() {
            let request = |user: &str| {
                let profile = json!({ "givenName": "Ada", "familyName": "Lovelace" });
                let email = json!({ "email": format!("new-{user}@example.com") });
                let request = json!({
                    "profile": profile,
                    "email": email,
                    "organization": { "orgId": organization },
                });
                Call::new("AddHumanUser", request)
            };
            // Who creates is somebody: "self" is any user.
            cells.push(cell(&server, rows.len(), column, request, true).await);
        }
        rows.push((format!("AddHumanUser\tin {organization}"), cells));
    }

    let (protocols, versions) = (Protocol::ALL.len(), VERSIONS.len());
    let cells = rows.len() * CALLERS.len() * protocols * versions;
    let mut page = format!(
        "# {} calls x {} callers x {protocols} protocols x {versions} versions = {cells} cells, the same by every protocol and version\n\
         call\twhom\t{}\n",
        rows.len(),
        CALLERS.len(),
        CALLERS.join("\t")
    );
    for (name, cells) in rows {
        writeln!(page, "{name}\t{}", cells.join("\t")).unwrap();
    }
    golden::check("permissions.tsv", &page);
}
