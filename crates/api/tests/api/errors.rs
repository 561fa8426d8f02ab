//! Errors say the same by every protocol, and each protocol in its own shape.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use ringtrue_api::Limits;
use ringtrue_proto::v1::ErrorDetail;
use serde_json::{Value, json};

use crate::support::{
    protocol::{Call, Protocol},
    server::{CODE, NUMBER, OWNER, Options, Server},
    stores::{DATABASE_TEXT, Gate, Trouble, troubled},
};

const UNCHANGED: &str =
    "Phone not changed: the user has this number already; to send its code again call ResendPhoneCode";

fn set_phone(phone: &str) -> Call {
    Call::new("SetPhone", json!({ "userId": "ada", "phone": phone })).token(OWNER)
}

#[tokio::test]
async fn rest_tells_an_error_as_the_peers_gateway_does() {
    let server = Server::start().await;
    server.user("ada").await;
    server.phone("ada", NUMBER).await;
    let (answer, _) = set_phone(NUMBER).raw(Protocol::Rest, &server).await;
    assert_eq!(answer.status, 400);
    assert_eq!(
        answer.json(),
        json!({
            "code": 9,
            "message": format!("{UNCHANGED} (COMMAND-Uch5e)"),
            "details": [{
                "@type": "type.googleapis.com/zitadel.v1.ErrorDetail",
                "id": "COMMAND-Uch5e",
                "message": UNCHANGED,
            }],
        })
    );
}

#[tokio::test]
async fn connect_tells_an_error_as_the_peer_does() {
    let server = Server::start().await;
    server.user("ada").await;
    server.phone("ada", NUMBER).await;
    for protocol in [Protocol::ConnectJson, Protocol::ConnectProto] {
        let (answer, _) = set_phone(NUMBER).raw(protocol, &server).await;
        assert_eq!(answer.status, 400);
        let detail = ErrorDetail {
            id: "COMMAND-Uch5e".to_owned(),
            message: UNCHANGED.to_owned(),
        };
        assert_eq!(
            answer.json(),
            json!({
                "code": "failed_precondition",
                "message": format!("{UNCHANGED} (COMMAND-Uch5e)"),
                "details": [{
                    "type": "zitadel.v1.ErrorDetail",
                    "value": STANDARD_NO_PAD.encode(prost::Message::encode_to_vec(&detail)),
                    "debug": { "id": "COMMAND-Uch5e", "message": UNCHANGED },
                }],
            })
        );
    }
}

#[tokio::test]
async fn grpc_tells_an_error_in_trailers_with_details() {
    let server = Server::start().await;
    server.user("ada").await;
    server.phone("ada", NUMBER).await;
    for protocol in [Protocol::Grpc, Protocol::GrpcWeb, Protocol::GrpcWebText] {
        let (answer, outcome) = set_phone(NUMBER).raw(protocol, &server).await;
        assert_eq!((answer.status, outcome.code), (200, 9), "{protocol:?}");
        assert_eq!(outcome.message, format!("{UNCHANGED} (COMMAND-Uch5e)"));
        assert_eq!(
            outcome.body,
            json!([{ "id": "COMMAND-Uch5e", "message": UNCHANGED }])
        );
    }
}

#[tokio::test]
async fn a_401_says_how_to_authenticate_and_has_details_only_with_an_id() {
    let server = Server::start().await;
    let unauthenticated = Call::new("GetUserByID", json!({ "userId": "ada" }));
    for protocol in [Protocol::Rest, Protocol::ConnectJson] {
        let (answer, outcome) = unauthenticated.raw(protocol, &server).await;
        assert_eq!(answer.status, 401);
        assert_eq!(answer.header("www-authenticate"), Some("auth header missing"));
        assert_eq!(
            (outcome.message.as_str(), &outcome.body),
            ("auth header missing", &Value::Null)
        );
        assert!(answer.json().get("details").is_none());
    }
    for (header, message) in [
        ("Basic YTpi", "invalid auth header (AUTH-toLo1)"),
        ("bearer x", "invalid auth header (AUTH-toLo1)"),
        ("Bearer", "invalid auth header (AUTH-toLo1)"),
        ("Bearer x", "Errors.Token.Invalid (AUTH-7fs1e)"),
    ] {
        for protocol in Protocol::ALL {
            let mut call = unauthenticated.clone();
            call.authorization = Some(header.to_owned());
            let outcome = call.by(protocol, &server).await;
            assert_eq!(
                (outcome.code, outcome.message.as_str()),
                (16, message),
                "{header}"
            );
        }
    }
}

#[tokio::test]
async fn too_many_wrong_codes_say_when_to_come_back_by_every_protocol() {
    let server = Server::start().await;
    server.user("ada").await;
    server.phone("ada", NUMBER).await;
    let verify = |code| {
        let request = json!({ "userId": "ada", "verificationCode": code });
        Call::new("VerifyPhone", request).token(OWNER)
    };
    for _ in 0..5 {
        assert_eq!(
            verify("000000").by(Protocol::Rest, &server).await.id,
            "COMMAND-eis9R"
        );
    }
    for protocol in Protocol::ALL {
        let (answer, outcome) = verify(CODE).raw(protocol, &server).await;
        assert_eq!(
            (outcome.code, outcome.id.as_str()),
            (8, "RINGTRUE-TooManyFailures")
        );
        assert!(
            outcome.message.contains("ResendPhoneCode")
                && outcome.message.contains("try again at 2026-01-01T12:00:30Z"),
            "{}",
            outcome.message
        );
        assert_eq!(outcome.body[1], json!({ "retryDelay": "30s" }), "{protocol:?}");
        match protocol {
            Protocol::Rest | Protocol::ConnectJson | Protocol::ConnectProto => {
                assert_eq!((answer.status, answer.header("retry-after")), (429, Some("30")));
            }
            Protocol::Grpc | Protocol::GrpcWeb | Protocol::GrpcWebText => {
                let metadata = answer
                    .headers
                    .get("retry-after")
                    .or(answer.trailers.get("retry-after"));
                assert_eq!(metadata.unwrap(), "30");
            }
        }
    }
}

#[tokio::test]
async fn trouble_with_storage_is_told_without_its_words() {
    for (trouble, code, status, id, retries) in [
        (Trouble::Down, 14, 503, "RINGTRUE-StorageUnavailable", true),
        (Trouble::Overloaded, 14, 503, "RINGTRUE-Overloaded", true),
        (Trouble::Rejects, 13, 500, "RINGTRUE-Internal", false),
        (Trouble::Panics, 13, 500, "RECOVER", false),
    ] {
        let storage = troubled(trouble);
        let server = Server::with(Options {
            storage,
            ..Options::default()
        })
        .await;
        for protocol in Protocol::ALL {
            let (answer, outcome) = set_phone(NUMBER).raw(protocol, &server).await;
            assert_eq!((outcome.code, outcome.id.as_str()), (code, id), "{protocol:?}");
            let text = format!("{} {}", outcome.message, outcome.body);
            assert!(
                !text.contains(DATABASE_TEXT) && !text.contains("defect"),
                "{text}"
            );
            if protocol == Protocol::Rest {
                assert_eq!(answer.status, status);
                assert_eq!(answer.header("retry-after"), retries.then_some("1"));
            }
        }
    }
}

#[tokio::test]
async fn a_call_ends_when_its_time_is_up_and_not_later() {
    let storage = troubled(Trouble::Gated(Gate::closed()));
    let patient = Options {
        storage: storage.clone(),
        ..Options::default()
    };
    let impatient = Options {
        limits: Limits {
            request_timeout: Duration::from_millis(50),
            ..Limits::default()
        },
        storage: storage.clone(),
        ..Options::default()
    };
    let (patient, impatient) = (Server::with(patient).await, Server::with(impatient).await);
    let create = Call::new(
        "AddHumanUser",
        json!({
            "profile": { "givenName": "Ada", "familyName": "Lovelace" },
            "email": { "email": "ada@example.com" },
        }),
    )
    .token(OWNER);
    for protocol in Protocol::ALL {
        let outcome = create.by(protocol, &impatient).await;
        assert_eq!(
            (outcome.code, outcome.id.as_str()),
            (4, "RINGTRUE-TimedOut"),
            "{protocol:?}"
        );
    }
    for (protocol, header, value) in [
        (Protocol::Grpc, "grpc-timeout", "50m"),
        (Protocol::GrpcWeb, "grpc-timeout", "50000u"),
        (Protocol::ConnectJson, "connect-timeout-ms", "50"),
        (Protocol::ConnectProto, "connect-timeout-ms", "50"),
    ] {
        let outcome = create.clone().header(header, value).by(protocol, &patient).await;
        assert_eq!(outcome.id, "RINGTRUE-TimedOut", "{protocol:?}");
        let outcome = create.clone().header(header, "soon").by(protocol, &patient).await;
        assert_eq!(outcome.code, 3, "{protocol:?}");
    }
}

#[tokio::test]
async fn a_caller_who_goes_away_leaves_no_work_half_done() {
    let gate = Gate::closed();
    let storage = troubled(Trouble::Gated(gate.clone()));
    let limits = Limits {
        request_timeout: Duration::from_millis(50),
        ..Limits::default()
    };
    let server = Server::with(Options {
        limits,
        storage,
        ..Options::default()
    })
    .await;
    let request = json!({
        "userId": "ada",
        "profile": { "givenName": "Ada", "familyName": "Lovelace" },
        "email": { "email": "ada@example.com" },
    });
    let outcome = Call::new("AddHumanUser", request)
        .token(OWNER)
        .by(Protocol::Rest, &server)
        .await;
    assert_eq!(outcome.code, 4);
    // The commit waits for the gate, and its caller is gone. It is carried through all the same.
    gate.let_one_through();
    let read = Call::new("GetUserByID", json!({ "userId": "ada" })).token(OWNER);
    let found = tokio::time::timeout(Duration::from_secs(10), async {
        while read.by(Protocol::Rest, &server).await.code != 0 {}
    });
    found.await.expect("the user is created");
}
