//! Users are locked, deactivated, and brought back.

use serde_json::{Value, json};

use crate::support::{
    protocol::{Call, Protocol},
    server::{CODE, NUMBER, OWNER, Server},
};

#[tokio::test]
async fn where_a_user_stands_changes_and_is_read_at_once_over_every_protocol() {
    for version in ["v2", "v2beta"] {
        for protocol in Protocol::ALL {
            let server = Server::start().await;
            server.user("ada").await;
            let call = async |method| {
                let call = Call::new(method, json!({ "userId": "ada" }))
                    .version(version)
                    .token(OWNER);
                call.by(protocol, &server).await
            };
            // The user's first two events made them and their address.
            let mut sequence = 2;
            for (method, refused, state) in [
                ("UnlockUser", Some("COMMAND-olb9vb0oca"), "USER_STATE_ACTIVE"),
                ("ReactivateUser", Some("COMMAND-s5qqcz97hf"), "USER_STATE_ACTIVE"),
                ("LockUser", None, "USER_STATE_LOCKED"),
                ("LockUser", Some("COMMAND-lgws8wtsqf"), "USER_STATE_LOCKED"),
                ("ReactivateUser", Some("COMMAND-s5qqcz97hf"), "USER_STATE_LOCKED"),
                ("UnlockUser", None, "USER_STATE_ACTIVE"),
                ("DeactivateUser", None, "USER_STATE_INACTIVE"),
                (
                    "DeactivateUser",
                    Some("COMMAND-5gunjw0cd7"),
                    "USER_STATE_INACTIVE",
                ),
                ("LockUser", Some("COMMAND-lgws8wtsqf"), "USER_STATE_INACTIVE"),
                ("ReactivateUser", None, "USER_STATE_ACTIVE"),
            ] {
                let outcome = call(method).await;
                if let Some(id) = refused {
                    assert_eq!(
                        (outcome.code, outcome.id.as_str()),
                        (9, id),
                        "{protocol:?} {method}"
                    );
                } else {
                    sequence += 1;
                    assert_eq!(outcome.code, 0, "{protocol:?} {method}: {}", outcome.message);
                    let details = &outcome.body["details"];
                    assert_eq!(details["sequence"], json!(sequence.to_string()));
                    assert_eq!(details["creationDate"], Value::Null);
                }
                let read = call("GetUserByID").await.body;
                assert_eq!(read["user"]["state"], state, "{protocol:?} {method}");
                assert_eq!(read["details"]["sequence"], json!(sequence.to_string()));
            }
        }
    }
}

#[tokio::test]
async fn each_method_has_its_own_words_for_a_user_who_is_not_there() {
    let server = Server::start().await;
    for (method, id) in [
        ("LockUser", "COMMAND-450yxuqrh1"),
        ("UnlockUser", "COMMAND-x377t913pw"),
        ("DeactivateUser", "COMMAND-5gp2p62iin"),
        ("ReactivateUser", "COMMAND-9hy5kzbuk6"),
        ("UpdateHumanUser", "COMMAND-ugjs0upun6"),
    ] {
        for protocol in Protocol::ALL {
            let call = Call::new(method, json!({ "userId": "nobody" })).token(OWNER);
            let outcome = call.by(protocol, &server).await;
            assert_eq!(
                (outcome.code, outcome.id.as_str()),
                (5, id),
                "{protocol:?} {method}"
            );
        }
    }
}

#[tokio::test]
async fn no_code_is_sent_to_whoever_is_locked_or_inactive_and_the_reply_says_why() {
    let server = Server::start().await;
    for (user, method, id) in [
        ("ada", "LockUser", "RINGTRUE-UserLocked"),
        ("bob", "DeactivateUser", "RINGTRUE-UserInactive"),
    ] {
        server.user(user).await;
        server.phone(user, NUMBER).await;
        let call = async |method, rest: Value| {
            let mut request = rest;
            request["userId"] = json!(user);
            Call::new(method, request)
                .token(OWNER)
                .by(Protocol::Grpc, &server)
                .await
        };
        assert_eq!(call(method, json!({})).await.code, 0);
        let other = json!({ "phone": "+41791234568" });
        for (method, rest) in [
            ("SetPhone", other.clone()),
            ("ResendPhoneCode", json!({})),
            ("UpdateHumanUser", json!({ "phone": other })),
            ("UpdateUser", json!({ "human": { "phone": other } })),
        ] {
            let outcome = call(method, rest).await;
            assert_eq!((outcome.code, outcome.id.as_str()), (9, id), "{method}");
        }
        let returned = call("ResendPhoneCode", json!({ "returnCode": {} })).await;
        assert_eq!(returned.body["verificationCode"], CODE);
        assert_eq!(
            call("VerifyPhone", json!({ "verificationCode": CODE }))
                .await
                .code,
            0
        );
    }
}
