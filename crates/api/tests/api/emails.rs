//! E-mail addresses are proven by the mechanism that proves phones; only that no mail is sent.

use serde_json::{Value, json};

use crate::support::{
    protocol::{Call, Protocol},
    server::{CODE, OWNER, Server},
};

fn sequence(body: &Value) -> u64 {
    body["details"]["sequence"].as_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn the_story_of_an_address_is_the_same_over_every_protocol() {
    for version in ["v2", "v2beta"] {
        for protocol in Protocol::ALL {
            let server = Server::start().await;
            server.user("ada").await;
            let call = async |method, rest: Value| {
                let mut request = rest;
                request["userId"] = json!("ada");
                let call = Call::new(method, request).version(version).token(OWNER);
                call.by(protocol, &server).await
            };
            let done = async |method, rest: Value| {
                let outcome = call(method, rest).await;
                assert_eq!(
                    (outcome.code, outcome.message.as_str()),
                    (0, ""),
                    "{protocol:?} {method}"
                );
                outcome.body
            };
            let read = async || {
                let read = done("GetUserByID", json!({})).await;
                (read["user"]["human"]["email"].clone(), sequence(&read))
            };

            let set = done(
                "SetEmail",
                json!({ "email": "countess@example.com", "returnCode": {} }),
            )
            .await;
            assert_eq!((&set["verificationCode"], sequence(&set)), (&json!(CODE), 4));
            assert!(set["details"]["creationDate"].is_null());
            assert_eq!(read().await, (json!({ "email": "countess@example.com" }), 4));

            let resent = done("ResendEmailCode", json!({ "returnCode": {} })).await;
            assert_eq!(
                (&resent["verificationCode"], sequence(&resent)),
                (&json!(CODE), 5)
            );

            let wrong = call("VerifyEmail", json!({ "verificationCode": "000000" })).await;
            assert_eq!((wrong.code, wrong.id.as_str()), (3, "COMMAND-eis9R"));
            let verified = done("VerifyEmail", json!({ "verificationCode": CODE })).await;
            assert_eq!(sequence(&verified), 7, "the failure counts as an event too");
            let proven = json!({ "email": "countess@example.com", "isVerified": true });
            assert_eq!(read().await, (proven, 7));

            for (method, rest, refused) in [
                (
                    "VerifyEmail",
                    json!({ "verificationCode": CODE }),
                    (3, "COMMAND-eis9R"),
                ),
                (
                    "ResendEmailCode",
                    json!({ "returnCode": {} }),
                    (9, "EMAIL-5w5ilin4yt"),
                ),
                (
                    "SetEmail",
                    json!({ "email": "countess@example.com" }),
                    (9, "COMMAND-Uch5e"),
                ),
            ] {
                let outcome = call(method, rest).await;
                assert_eq!(
                    (outcome.code, outcome.id.as_str()),
                    refused,
                    "{protocol:?} {method}"
                );
            }

            let vouched = done(
                "SetEmail",
                json!({ "email": "a@example.com", "isVerified": true }),
            )
            .await;
            assert!(vouched["verificationCode"].is_null());
            assert_eq!(
                read().await.0,
                json!({ "email": "a@example.com", "isVerified": true })
            );
            done("SetEmail", json!({ "email": "b@example.com" })).await;
            assert_eq!(read().await.0, json!({ "email": "b@example.com" }));
        }
    }
}

#[tokio::test]
async fn that_no_mail_is_sent_is_said_and_what_to_do_instead() {
    let server = Server::start().await;
    server.user("ada").await;
    server.email("ada", "countess@example.com").await;
    for (method, rest, text) in [
        (
            "SetEmail",
            json!({ "email": "a@example.com", "sendCode": {} }),
            "send_code of SetEmailRequest is not implemented: leave it out",
        ),
        (
            "ResendEmailCode",
            json!({ "sendCode": { "urlTemplate": "https://example.com/{{.Code}}" } }),
            "send_code of ResendEmailCodeRequest is not implemented: set return_code",
        ),
        (
            "ResendEmailCode",
            json!({}),
            "send_code of ResendEmailCodeRequest is not implemented: set return_code",
        ),
    ] {
        for protocol in Protocol::ALL {
            let mut request = rest.clone();
            request["userId"] = json!("ada");
            let outcome = Call::new(method, request)
                .token(OWNER)
                .by(protocol, &server)
                .await;
            let id = "RINGTRUE-FieldUnimplemented";
            assert_eq!(
                (outcome.code, outcome.message),
                (12, format!("{text} ({id})")),
                "{protocol:?}"
            );
        }
    }
}
