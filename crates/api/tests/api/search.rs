//! `ListUsers`: what is found, and by whom.

use ringtrue_core::{
    NewUserRequest, OrgChoice, OrgId, UserId,
    access::{Role, Subject},
    user::{Command, EmailVerification, Profile},
};
use serde_json::{Value, json};

use crate::support::{
    protocol::{Call, Outcome, Protocol},
    server::{AWAY, HOME, NUMBER, OWNER, Server, owner},
};

pub(crate) const VERSIONS: [&str; 2] = ["v2", "v2beta"];

pub(crate) fn list(request: Value) -> Call {
    Call::new("ListUsers", request).token(OWNER)
}

/// Lists with these conditions, the smallest id first.
fn found_by(queries: &Value) -> Call {
    list(json!({ "query": { "asc": true }, "queries": queries }))
}

/// The ids that were found.
fn ids(outcome: &Outcome) -> Vec<&str> {
    assert_eq!((outcome.code, outcome.message.as_str()), (0, ""));
    let users = outcome.body["result"].as_array();
    let users = users.map(Vec::as_slice).unwrap_or_default();
    users
        .iter()
        .map(|user| user["userId"].as_str().unwrap())
        .collect()
}

async fn person(server: &Server, id: &str, organization: &str, given_name: &str) {
    let request = NewUserRequest {
        id: Some(UserId::parse(id).unwrap()),
        organization: OrgChoice::Named(OrgId::parse(organization).unwrap()),
        username: Some(format!("{id}-name")),
        profile: Profile {
            given_name: given_name.to_owned(),
            family_name: "Lovelace".to_owned(),
            nick_name: None,
            display_name: String::new(),
            preferred_language: None,
            gender: None,
        },
        email: format!("{id}@example.com"),
        email_verification: EmailVerification::Vouched,
        phone: None,
    };
    server.users.create(&owner(), request).await.unwrap();
}

async fn three() -> Server {
    let server = Server::start().await;
    person(&server, "ada", HOME, "Ada").await;
    person(&server, "bea", HOME, "ADA%").await;
    person(&server, "cleo", AWAY, "Cleo").await;
    server.phone("bea", NUMBER).await;
    server
}

#[tokio::test]
async fn users_are_listed_alike_by_every_protocol_and_version() {
    let server = three().await;
    let by_id = Call::new("GetUserByID", json!({ "userId": "bea" })).token(OWNER);
    let bea = by_id.by(Protocol::Rest, &server).await.body["user"].take();
    for version in VERSIONS {
        for protocol in Protocol::ALL {
            let outcome = list(json!({})).version(version).by(protocol, &server).await;
            // By id, and the largest first, unless it is said otherwise.
            assert_eq!(ids(&outcome), ["cleo", "bea", "ada"], "{protocol:?} {version}");
            assert_eq!(outcome.body["result"][1], bea, "{protocol:?} {version}");
            let details = &outcome.body["details"];
            assert_eq!(details["totalResult"], "3");
            assert!(details["timestamp"].as_str().unwrap().ends_with('Z'));
            assert!(outcome.body.get("sortingColumn").is_none());
        }
    }
}

/// Makes each search and holds it to whom it finds.
async fn check(server: &Server, searches: &[(Value, &[&str])]) {
    for (query, found) in searches {
        let outcome = found_by(&json!([query])).by(Protocol::Rest, server).await;
        assert_eq!(ids(&outcome), *found, "{query}");
        let total = outcome.body["details"]["totalResult"].as_str().unwrap_or("0");
        assert_eq!(total, found.len().to_string(), "{query}");
    }
}

fn method(name: &str) -> String {
    format!("TEXT_QUERY_METHOD_{name}")
}

#[tokio::test]
async fn every_kind_of_condition_finds_whom_it_means() {
    let server = three().await;
    let searches = [
        (
            json!({ "userNameQuery": { "userName": "ada-name" } }),
            &["ada"][..],
        ),
        (
            json!({ "loginNameQuery": { "loginName": "ADA-name", "method": method("EQUALS_IGNORE_CASE") } }),
            &["ada"],
        ),
        (json!({ "firstNameQuery": { "firstName": "Ada" } }), &["ada"]),
        (
            json!({ "firstNameQuery": { "firstName": "ada", "method": method("STARTS_WITH_IGNORE_CASE") } }),
            &["ada", "bea"],
        ),
        (
            json!({ "firstNameQuery": { "firstName": "A", "method": method("STARTS_WITH") } }),
            &["ada", "bea"],
        ),
        (
            json!({ "firstNameQuery": { "firstName": "%", "method": method("CONTAINS") } }),
            &["bea"],
        ),
        (
            json!({ "firstNameQuery": { "firstName": "LEO", "method": method("CONTAINS_IGNORE_CASE") } }),
            &["cleo"],
        ),
        (
            json!({ "firstNameQuery": { "firstName": "a", "method": method("ENDS_WITH") } }),
            &["ada"],
        ),
        (
            json!({ "firstNameQuery": { "firstName": "A%", "method": method("ENDS_WITH_IGNORE_CASE") } }),
            &["bea"],
        ),
        (
            json!({ "lastNameQuery": { "lastName": "Lovelace" } }),
            &["ada", "bea", "cleo"],
        ),
        (json!({ "nickNameQuery": { "nickName": "x" } }), &[]),
        (
            json!({ "displayNameQuery": { "displayName": "Cleo Lovelace" } }),
            &["cleo"],
        ),
        (
            json!({ "emailQuery": { "emailAddress": "cleo@example.com" } }),
            &["cleo"],
        ),
        (
            json!({ "stateQuery": { "state": "USER_STATE_ACTIVE" } }),
            &["ada", "bea", "cleo"],
        ),
        (json!({ "stateQuery": { "state": "USER_STATE_INACTIVE" } }), &[]),
        (json!({ "stateQuery": { "state": "USER_STATE_DELETED" } }), &[]),
        (
            json!({ "typeQuery": { "type": "TYPE_HUMAN" } }),
            &["ada", "bea", "cleo"],
        ),
        (json!({ "typeQuery": { "type": "TYPE_MACHINE" } }), &[]),
        (
            json!({ "inUserIdsQuery": { "userIds": ["cleo", "nobody", "ada"] } }),
            &["ada", "cleo"],
        ),
        (json!({ "inUserIdsQuery": {} }), &[]),
        (
            json!({ "inUserEmailsQuery": { "userEmails": ["ada@example.com", "ADA@example.com"] } }),
            &["ada"],
        ),
        (
            json!({ "organizationIdQuery": { "organizationId": AWAY } }),
            &["cleo"],
        ),
    ];
    check(&server, &searches).await;
}

#[tokio::test]
async fn a_phone_is_found_however_it_is_written() {
    let server = three().await;
    let searches = [
        (json!({ "phoneQuery": { "number": NUMBER } }), &["bea"][..]),
        (
            json!({ "phoneQuery": { "number": "+41 79 123 45 67" } }),
            &["bea"],
        ),
        (
            json!({ "phoneQuery": { "number": "0041 79", "method": method("STARTS_WITH") } }),
            &["bea"],
        ),
        (
            json!({ "phoneQuery": { "number": "123 45", "method": method("CONTAINS") } }),
            &["bea"],
        ),
        (
            json!({ "phoneQuery": { "number": "45-67", "method": method("ENDS_WITH_IGNORE_CASE") } }),
            &["bea"],
        ),
        (json!({ "phoneQuery": { "number": "079 123 45 67" } }), &[]),
    ];
    check(&server, &searches).await;
}

#[tokio::test]
async fn conditions_are_joined_and_turned_around() {
    let server = three().await;
    let searches = [
        (
            json!({ "orQuery": { "queries": [
                { "phoneQuery": { "number": NUMBER } },
                { "userNameQuery": { "userName": "cleo-name" } },
            ] } }),
            &["bea", "cleo"][..],
        ),
        (
            json!({ "andQuery": { "queries": [
                { "organizationIdQuery": { "organizationId": HOME } },
                { "notQuery": { "query": { "phoneQuery": { "number": NUMBER } } } },
            ] } }),
            &["ada"],
        ),
        (json!({ "andQuery": {} }), &["ada", "bea", "cleo"]),
        (json!({ "orQuery": {} }), &[]),
    ];
    check(&server, &searches).await;
    // Several conditions all hold.
    let both = json!([
        { "firstNameQuery": { "firstName": "ada", "method": method("STARTS_WITH_IGNORE_CASE") } },
        { "phoneQuery": { "number": NUMBER } },
    ]);
    assert_eq!(ids(&found_by(&both).by(Protocol::Grpc, &server).await), ["bea"]);
}

/// In the order of a list. By bytes they would be in another, since capitals come before small letters.
const RANKED: [&str; 4] = ["Anna", "bert", "Cora", "dora"];

/// The columns of a list, and the order of a, b, c and d in each, the least first. No two are alike.
const ORDERS: [(&str, &str); 9] = [
    ("UNSPECIFIED", "abcd"),
    ("USER_NAME", "bdac"),
    ("FIRST_NAME", "cadb"),
    ("LAST_NAME", "dcba"),
    ("NICK_NAME", "acbd"),
    ("DISPLAY_NAME", "badc"),
    ("EMAIL", "cdab"),
    ("CREATION_DATE", "dacb"),
    // Two are active, then comes who is inactive, and last who is locked.
    ("STATE", "bdca"),
];

/// Creates a, b, c and d, so that each column puts them in its order.
async fn four() -> Server {
    let server = Server::start().await;
    let order = |column| ORDERS.iter().find(|(known, _)| *known == column).unwrap().1;
    for letter in order("CREATION_DATE").chars() {
        let ranked = |column| RANKED[order(column).find(letter).unwrap()].to_owned();
        let id = UserId::parse(&letter.to_string()).unwrap();
        let request = NewUserRequest {
            id: Some(id.clone()),
            organization: OrgChoice::Named(OrgId::parse(HOME).unwrap()),
            username: Some(ranked("USER_NAME")),
            profile: Profile {
                given_name: ranked("FIRST_NAME"),
                family_name: ranked("LAST_NAME"),
                nick_name: Some(ranked("NICK_NAME")),
                display_name: ranked("DISPLAY_NAME"),
                preferred_language: None,
                gender: None,
            },
            email: format!("{}@example.com", ranked("EMAIL")),
            email_verification: EmailVerification::Vouched,
            phone: None,
        };
        server.users.create(&owner(), request).await.unwrap();
        server.clock.advance(time::Duration::SECOND);
        let command = match letter {
            'c' => Command::Deactivate,
            'a' => Command::Lock,
            _ => continue,
        };
        server.users.execute(&owner(), &id, &command).await.unwrap();
    }
    server
}

#[tokio::test]
async fn pages_are_sorted_by_the_column_and_counted_off() {
    let server = four().await;
    // By type all are alike.
    for (column, ascending) in ORDERS.into_iter().chain([("TYPE", "abcd")]) {
        for asc in [true, false] {
            let expected: String = if asc {
                ascending.to_owned()
            } else {
                ascending.chars().rev().collect()
            };
            let mut seen = String::new();
            for offset in 0..5 {
                let request = json!({
                    "query": { "offset": offset.to_string(), "limit": 1, "asc": asc },
                    "sortingColumn": format!("USER_FIELD_NAME_{column}"),
                });
                let outcome = list(request).by(Protocol::ConnectJson, &server).await;
                assert_eq!(outcome.body["details"]["totalResult"], "4", "{column} {offset}");
                seen.extend(ids(&outcome));
            }
            assert_eq!(seen, expected, "{column} {asc}");
        }
    }
}

#[tokio::test]
async fn whom_a_caller_may_not_read_is_left_out_in_silence() {
    let server = three().await;
    let user = |id: &str| Subject::User(UserId::parse(id).unwrap());
    let service = || Subject::Service("backend".to_owned());
    for (token, subject, roles, found) in [
        ("nobody", service(), &[][..], &[][..]),
        ("self", user("ada"), &[], &["ada"]),
        (
            "home",
            service(),
            &[(Role::OrgOwnerViewer, Some(HOME))],
            &["ada", "bea"],
        ),
        (
            "away",
            user("ada"),
            &[(Role::OrgUserManager, Some(AWAY))],
            &["ada", "cleo"],
        ),
        (
            "all",
            service(),
            &[(Role::IamOwnerViewer, None)],
            &["ada", "bea", "cleo"],
        ),
    ] {
        server.token(token, subject, roles).await;
        for protocol in Protocol::ALL {
            let outcome = found_by(&json!([])).token(token).by(protocol, &server).await;
            assert_eq!(ids(&outcome), found, "{token} {protocol:?}");
            let total = outcome.body["details"]["totalResult"].as_str().unwrap_or("0");
            assert_eq!(total, found.len().to_string(), "{token}");
        }
    }
}

#[tokio::test]
async fn a_user_is_found_as_soon_as_there_is_one_and_not_once_gone() {
    let server = three().await;
    let by_name = found_by(&json!([{ "userNameQuery": { "userName": "dora-name" } }]));
    person(&server, "dora", HOME, "Dora").await;
    assert_eq!(ids(&by_name.by(Protocol::Rest, &server).await), ["dora"]);
    let dora = UserId::parse("dora").unwrap();
    server
        .users
        .execute(&owner(), &dora, &Command::Delete)
        .await
        .unwrap();
    assert_eq!(ids(&by_name.by(Protocol::Rest, &server).await), [""; 0]);
}
