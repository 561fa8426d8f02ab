//! Users are changed in part, by two methods with one rule.

use serde_json::{Value, json};

use crate::support::{
    protocol::{Call, Protocol},
    server::{CODE, NUMBER, OWNER, Server},
};

/// `UpdateUser`, and `UpdateHumanUser` in both versions.
const METHODS: [(&str, &str); 3] = [
    ("UpdateUser", "v2"),
    ("UpdateHumanUser", "v2"),
    ("UpdateHumanUser", "v2beta"),
];

/// A request that changes `ada`: the name to sign in with stands beside what is changed of the person.
fn request(method: &str, change: &Value) -> Value {
    let mut person = change.clone();
    let username = person.as_object_mut().unwrap().remove("username");
    let mut request = match method {
        "UpdateUser" => json!({ "human": person }),
        _ => person,
    };
    if let Some(username) = username {
        request["username"] = username;
    }
    request["userId"] = json!("ada");
    request
}

async fn read(server: &Server) -> Value {
    let call = Call::new("GetUserByID", json!({ "userId": "ada" })).token(OWNER);
    call.by(Protocol::Rest, server).await.body
}

#[tokio::test]
async fn what_is_given_changes_and_the_rest_stays_over_every_protocol() {
    for (method, version) in METHODS {
        for protocol in Protocol::ALL {
            let server = Server::start().await;
            server.user("ada").await;
            server.phone("ada", NUMBER).await;
            let update = async |change: Value| {
                let call = Call::new(method, request(method, &change))
                    .version(version)
                    .token(OWNER);
                let outcome = call.by(protocol, &server).await;
                assert_eq!(outcome.code, 0, "{protocol:?} {method}: {}", outcome.message);
                outcome.body
            };
            let mut wanted = read(&server).await;
            for (change, pointer, value, events) in [
                (
                    json!({ "username": "countess" }),
                    "/user/username",
                    json!("countess"),
                    1,
                ),
                (
                    json!({ "profile": { "givenName": "Augusta", "familyName": "Lovelace" } }),
                    "/user/human/profile/givenName",
                    json!("Augusta"),
                    1,
                ),
                (
                    json!({ "profile": { "givenName": "Augusta", "familyName": "Lovelace", "nickName": "A" } }),
                    "/user/human/profile/nickName",
                    json!("A"),
                    1,
                ),
                (
                    json!({ "email": { "email": "countess@example.com", "returnCode": {} } }),
                    "/user/human/email",
                    json!({ "email": "countess@example.com" }),
                    2,
                ),
                (
                    json!({ "phone": { "phone": "+41 79 123 45 68", "returnCode": {} } }),
                    "/user/human/phone",
                    json!({ "phone": "+41791234568" }),
                    2,
                ),
                (
                    json!({ "phone": { "phone": "+41791234568", "isVerified": true } }),
                    "/user/human/phone",
                    json!({ "phone": "+41791234568", "isVerified": true }),
                    1,
                ),
                // Nothing of it is new.
                (
                    json!({ "username": "countess", "phone": { "phone": "+41791234568" } }),
                    "/user/username",
                    json!("countess"),
                    0,
                ),
            ] {
                let body = update(change.clone()).await;
                for (part, code) in [("email", "emailCode"), ("phone", "phoneCode")] {
                    let asked = change[part]["returnCode"].is_object();
                    assert_eq!(
                        body[code],
                        if asked { json!(CODE) } else { Value::Null },
                        "{change}"
                    );
                }
                *wanted.pointer_mut(pointer).unwrap() = value;
                if pointer == "/user/username" {
                    wanted["user"]["preferredLoginName"] = json!("countess");
                    wanted["user"]["loginNames"] = json!(["countess"]);
                }
                let sequence: u64 = wanted["details"]["sequence"].as_str().unwrap().parse().unwrap();
                let sequence = json!((sequence + events).to_string());
                wanted["details"]["sequence"] = sequence.clone();
                wanted["user"]["details"]["sequence"] = sequence.clone();
                let found = read(&server).await;
                assert_eq!(found, wanted, "{protocol:?} {method} {change}");
                let changed_at = &found["details"]["changeDate"];
                if method == "UpdateUser" {
                    assert_eq!(&body["changeDate"], changed_at);
                } else {
                    let details = json!({
                        "sequence": sequence, "changeDate": changed_at, "resourceOwner": found["details"]["resourceOwner"],
                    });
                    assert_eq!(body["details"], details);
                }
            }
        }
    }
}

#[tokio::test]
async fn all_of_a_change_happens_or_none_of_it() {
    let server = Server::start().await;
    server.user("ada").await;
    server.user("bob").await;
    let before = read(&server).await;
    for (method, version) in METHODS {
        for (change, refused) in [
            (json!({ "username": "BOB@example.com" }), (6, "V3-DKcYh")),
            (json!({ "phone": { "phone": "12" } }), (3, "PHONE-so0wa")),
            (
                json!({ "profile": { "givenName": " ", "familyName": "Lovelace" } }),
                (3, "USER-UCej2"),
            ),
        ] {
            let mut change = change;
            change["email"] = json!({ "email": "new@example.com" });
            let call = Call::new(method, request(method, &change))
                .version(version)
                .token(OWNER);
            let outcome = call.by(Protocol::ConnectJson, &server).await;
            assert_eq!((outcome.code, outcome.id.as_str()), refused, "{method} {change}");
            assert_eq!(read(&server).await, before, "{method} {change}");
        }
    }
}

#[tokio::test]
async fn an_empty_number_removes_the_phone_by_one_method_and_says_nothing_by_the_other() {
    let server = Server::start().await;
    server.user("ada").await;
    server.phone("ada", NUMBER).await;
    for version in ["v2", "v2beta"] {
        let call = Call::new(
            "UpdateHumanUser",
            json!({ "userId": "ada", "phone": { "phone": "" } }),
        );
        assert_eq!(
            call.version(version)
                .token(OWNER)
                .by(Protocol::Rest, &server)
                .await
                .code,
            0
        );
        assert_eq!(
            read(&server).await["user"]["human"]["phone"],
            json!({ "phone": NUMBER })
        );
    }
    for protocol in Protocol::ALL {
        let update = async |phone: Value| {
            let body = json!({ "userId": "ada", "human": { "phone": phone } });
            Call::new("UpdateUser", body)
                .token(OWNER)
                .by(protocol, &server)
                .await
        };
        for how in [
            json!({ "phone": "", "returnCode": {} }),
            json!({ "isVerified": true }),
        ] {
            let outcome = update(how).await;
            assert_eq!(
                (outcome.code, outcome.id.as_str()),
                (3, "USERv2-4f3d6"),
                "{protocol:?}"
            );
        }
        assert_eq!(
            read(&server).await["user"]["human"]["phone"],
            json!({ "phone": NUMBER })
        );
        assert_eq!(update(json!({ "phone": "" })).await.code, 0);
        assert_eq!(read(&server).await["user"]["human"]["phone"], json!({}));
        assert_eq!(
            update(json!({ "phone": "" })).await.code,
            0,
            "there is none, as asked"
        );
        server.phone("ada", NUMBER).await;
    }
}
