//! Every method does its work over every protocol and in both versions.

use std::sync::Arc;

use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::support::{
    protocol::{Call, Protocol},
    server::{CODE, HOME, NUMBER, OWNER, Server},
};

fn person(id: &str) -> Value {
    json!({
        "userId": id,
        "profile": { "givenName": "Ada", "familyName": "Lovelace" },
        "email": { "email": format!("{id}@example.com"), "isVerified": true },
    })
}

/// Details, of which only the sequence is told.
fn sequence(body: &Value) -> u64 {
    let details = &body["details"];
    assert_eq!(details["resourceOwner"], HOME);
    assert!(details["changeDate"].as_str().unwrap().ends_with('Z'));
    details["sequence"].as_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn the_story_of_a_phone_is_the_same_over_every_protocol() {
    for version in ["v2", "v2beta"] {
        for protocol in Protocol::ALL {
            let server = Server::start().await;
            let call = async |method, request| {
                let call = Call::new(method, request).version(version).token(OWNER);
                let outcome = call.by(protocol, &server).await;
                assert_eq!(
                    (outcome.code, outcome.message.as_str()),
                    (0, ""),
                    "{protocol:?} {version} {method}"
                );
                outcome.body
            };
            let created = call("AddHumanUser", person("ada")).await;
            assert_eq!((&created["userId"], sequence(&created)), (&json!("ada"), 2));

            let set = call(
                "SetPhone",
                json!({ "userId": "ada", "phone": NUMBER, "returnCode": {} }),
            )
            .await;
            assert_eq!((&set["verificationCode"], sequence(&set)), (&json!(CODE), 4));
            assert!(set["details"]["creationDate"].is_null());

            let resent = call("ResendPhoneCode", json!({ "userId": "ada", "returnCode": {} })).await;
            assert_eq!(
                (&resent["verificationCode"], sequence(&resent)),
                (&json!(CODE), 5)
            );

            let verified = call(
                "VerifyPhone",
                json!({ "userId": "ada", "verificationCode": CODE }),
            )
            .await;
            assert_eq!(sequence(&verified), 6);

            let read = call("GetUserByID", json!({ "userId": "ada" })).await;
            assert_eq!(
                read["user"]["human"]["phone"],
                json!({ "phone": NUMBER, "isVerified": true })
            );

            assert_eq!(
                sequence(&call("RemovePhone", json!({ "userId": "ada" })).await),
                7
            );
            let read = call("GetUserByID", json!({ "userId": "ada" })).await;
            assert_eq!(read["user"]["human"]["phone"], json!({}));

            assert_eq!(sequence(&call("DeleteUser", json!({ "userId": "ada" })).await), 8);
            let gone = Call::new("GetUserByID", json!({ "userId": "ada" })).version(version);
            let gone = gone.token(OWNER).by(protocol, &server).await;
            assert_eq!((gone.code, gone.id.as_str()), (5, "QUERY-Dfbg2"));
        }
    }
}

#[tokio::test]
async fn a_method_that_is_not_carried_out_is_declined_by_its_name() {
    let server = Server::start().await;
    let only_the_peers = ["RemoveTOTP", "ListAuthenticationMethodTypes"];
    let nobodys = ["Dance", "setphone"];
    for method in [&only_the_peers[..], &nobodys].concat() {
        for protocol in Protocol::ALL {
            if protocol == Protocol::Rest && nobodys.contains(&method) {
                continue;
            }
            for version in ["v2", "v2beta"] {
                let stranger = Call::new(method, json!({ "userId": "ada" })).version(version);
                let (answer, outcome) = stranger.clone().token(OWNER).raw(protocol, &server).await;
                let text = format!("{method} is not implemented");
                let id = "RINGTRUE-MethodUnimplemented";
                assert_eq!(
                    (outcome.code, outcome.message, outcome.body),
                    (
                        12,
                        format!("{text} ({id})"),
                        json!([{ "id": id, "message": text }])
                    ),
                    "{protocol:?} {version}"
                );
                let over_http = [Protocol::Rest, Protocol::ConnectJson, Protocol::ConnectProto];
                let status = if over_http.contains(&protocol) { 501 } else { 200 };
                assert_eq!(answer.status, status, "{protocol:?} {version} {method}");
                let outcome = stranger.by(protocol, &server).await;
                assert_eq!(
                    (outcome.code, outcome.message.as_str()),
                    (16, "auth header missing")
                );
            }
        }
    }
}

#[tokio::test]
async fn of_many_right_answers_at_once_exactly_one_verifies() {
    let server = Arc::new(Server::start().await);
    server.user("ada").await;
    server.phone("ada", NUMBER).await;
    let mut racers = JoinSet::new();
    for racer in 0..60 {
        let server = server.clone();
        racers.spawn(async move {
            let request = json!({ "userId": "ada", "verificationCode": CODE });
            let call = Call::new("VerifyPhone", request).token(OWNER);
            let outcome = call.by(Protocol::ALL[racer % Protocol::ALL.len()], &server).await;
            (outcome.code, outcome.id)
        });
    }
    let outcomes = racers.join_all().await;
    let won = outcomes.iter().filter(|(code, _)| *code == 0).count();
    let refused = outcomes.iter().filter(|(_, id)| id == "COMMAND-eis9R").count();
    assert_eq!((won, refused), (1, 59));
}
