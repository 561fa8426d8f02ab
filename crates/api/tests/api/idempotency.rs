//! `Idempotency-Key` over every protocol: R-I1 to R-I7.

use std::{sync::Arc, time::Duration};

use ringtrue_core::{
    access::{Role, Subject},
    idempotency::IdempotencyRules,
};
use serde_json::{Value, json};
use tokio::{sync::Semaphore, task::JoinSet};

use crate::support::{
    http::{http1, request},
    protocol::{Call, Outcome, Protocol},
    server::{CODE, HOME, NUMBER, OWNER, Options, Server},
    stores::{Gate, Trouble, troubled},
};

const KEY: &str = "\"8e03978e-40d5-43dd-bc93-6894a57f9324\"";

/// The sequence of a user who has just been created. Setting a phone adds two.
const ADA: u64 = 2;

fn set_phone(number: &str, key: &str) -> Call {
    let body = json!({ "userId": "ada", "phone": number, "returnCode": {} });
    Call::new("SetPhone", body)
        .token(OWNER)
        .header("idempotency-key", key)
}

async fn with_ada() -> Server {
    let server = Server::start().await;
    server.user("ada").await;
    server
}

async fn sequence(server: &Server, user: &str) -> u64 {
    let id = ringtrue_core::UserId::parse(user).unwrap();
    server.storage.users.load(&[id]).await.unwrap()[0].sequence
}

#[tokio::test]
async fn r_i1_the_key_is_a_string_in_quotes_or_without_and_anything_else_is_refused() {
    for protocol in Protocol::ALL {
        let server = with_ada().await;
        for (bad, says) in [
            ("\"open", "a quoted key"),
            ("\"a\";v=1", "a quoted key"),
            ("a, b", "a key without quotes"),
            ("", "1 to 255 characters"),
            (&"k".repeat(256), "1 to 255 characters"),
        ] {
            let outcome = set_phone(NUMBER, bad).by(protocol, &server).await;
            assert_eq!(
                (outcome.code, outcome.id.as_str()),
                (3, "RINGTRUE-IdempotencyKeyMalformed"),
                "{protocol:?} {bad}"
            );
            assert!(outcome.message.contains(says), "{}", outcome.message);
        }
        let twice = set_phone(NUMBER, KEY).header("idempotency-key", "other");
        assert_eq!(
            twice.by(protocol, &server).await.id,
            "RINGTRUE-IdempotencyKeyTwice"
        );
        assert_eq!(sequence(&server, "ada").await, ADA);
        let quoted = set_phone(NUMBER, "\"one\"").by(protocol, &server).await;
        let bare = set_phone(NUMBER, "one").by(protocol, &server).await;
        assert_eq!((quoted.code, &quoted), (0, &bare), "{protocol:?}");
        assert_eq!(sequence(&server, "ada").await, ADA + 2);
    }
}

#[tokio::test]
async fn r_i2_a_repetition_is_answered_as_the_first_was_by_every_protocol_and_changes_nothing() {
    for first in Protocol::ALL {
        let server = with_ada().await;
        let answer = set_phone(NUMBER, KEY).by(first, &server).await;
        assert_eq!(answer.code, 0, "{}", answer.message);
        assert_eq!(answer.body["verificationCode"], CODE);
        server.clock.advance(time::Duration::hours(23));
        for again in Protocol::ALL {
            assert_eq!(
                set_phone(NUMBER, KEY).by(again, &server).await,
                answer,
                "{first:?} {again:?}"
            );
        }
        assert_eq!(sequence(&server, "ada").await, ADA + 2);
    }
}

#[tokio::test]
async fn r_i2_a_created_user_is_created_once_under_the_id_that_was_drawn() {
    let server = Server::start().await;
    let person = json!({
        "profile": { "givenName": "Ada", "familyName": "Lovelace" },
        "email": { "email": "ada@example.com", "returnCode": {} },
        "phone": { "phone": NUMBER, "returnCode": {} },
    });
    let create = Call::new("AddHumanUser", person)
        .token(OWNER)
        .header("idempotency-key", KEY);
    let answer = create.by(Protocol::Rest, &server).await;
    assert_eq!(answer.code, 0, "{}", answer.message);
    for again in Protocol::ALL {
        assert_eq!(create.by(again, &server).await, answer, "{again:?}");
    }
    assert_eq!(answer.body["emailCode"], CODE);
    assert_eq!(answer.body["phoneCode"], CODE);
    let elsewhere = create
        .header("x-zitadel-orgid", HOME)
        .by(Protocol::Rest, &server)
        .await;
    assert_eq!(
        elsewhere.id, "RINGTRUE-IdempotencyKeyReused",
        "the header is part of what is asked"
    );
}

#[tokio::test]
async fn r_i2_an_organization_is_created_once_under_the_id_that_was_drawn() {
    let add = |name: &str| {
        Call::new("AddOrganization", json!({ "name": name }))
            .token(OWNER)
            .header("idempotency-key", KEY)
    };
    for first in Protocol::ALL {
        let server = Server::start().await;
        let answer = add("Acme").by(first, &server).await;
        assert_eq!(answer.code, 0, "{}", answer.message);
        server.clock.advance(time::Duration::hours(23));
        for again in Protocol::ALL {
            assert_eq!(
                add("Acme").by(again, &server).await,
                answer,
                "{first:?} {again:?}"
            );
        }
        let (reply, other) = add("Other").raw(first, &server).await;
        assert_eq!(other.id, "RINGTRUE-IdempotencyKeyReused", "{first:?}");
        assert!(first != Protocol::Rest || reply.status == 422);
        // Besides HOME and AWAY.
        assert_eq!(server.storage.organizations.list().await.unwrap().len(), 3);
    }
}

#[tokio::test]
async fn r_i2_a_final_refusal_is_repeated_and_a_wrong_code_counts_once() {
    for protocol in Protocol::ALL {
        let server = with_ada().await;
        server.phone("ada", NUMBER).await;
        let unchanged = set_phone(NUMBER, KEY);
        let refusal = unchanged.by(protocol, &server).await;
        assert_eq!((refusal.code, refusal.id.as_str()), (9, "COMMAND-Uch5e"));
        let wrong = Call::new(
            "VerifyPhone",
            json!({ "userId": "ada", "verificationCode": "271828" }),
        )
        .token(OWNER)
        .header("idempotency-key", KEY);
        for _ in 0..9 {
            let outcome = wrong.by(protocol, &server).await;
            assert_eq!(
                (outcome.code, outcome.id.as_str()),
                (3, "COMMAND-eis9R"),
                "{protocol:?}"
            );
        }
        let right = Call::new(
            "VerifyPhone",
            json!({ "userId": "ada", "verificationCode": CODE }),
        )
        .token(OWNER);
        assert_eq!(
            right.by(protocol, &server).await.code,
            0,
            "nine repetitions are one failure"
        );
        let remove = Call::new("RemovePhone", json!({ "userId": "ada" })).token(OWNER);
        assert_eq!(remove.by(protocol, &server).await.code, 0);
        assert_eq!(unchanged.by(protocol, &server).await, refusal, "{protocol:?}");
    }
}

#[tokio::test]
async fn r_i2_what_passes_is_not_kept_and_what_was_not_understood_takes_no_key() {
    let server = with_ada().await;
    let stranger = Subject::Service("stranger".to_owned());
    server.token("stranger", stranger.clone(), &[]).await;
    let call = set_phone(NUMBER, KEY).token("stranger");
    assert_eq!(call.by(Protocol::Rest, &server).await.code, 7);
    server
        .token("promoted", stranger, &[(Role::IamOwner, None)])
        .await;
    assert_eq!(call.token("promoted").by(Protocol::Rest, &server).await.code, 0);
    // Neither a call without a token, nor one that breaks a rule of its fields.
    let unsaid = set_phone("", "\"fresh\"").by(Protocol::Grpc, &server).await;
    assert_eq!(unsaid.code, 3);
    let said = set_phone("+41791234568", "\"fresh\"")
        .by(Protocol::Grpc, &server)
        .await;
    assert_eq!(said.code, 0, "{}", said.message);
}

#[tokio::test]
async fn r_i3_a_repetition_of_a_call_in_flight_is_told_to_come_back() {
    for protocol in Protocol::ALL {
        let gate = Gate::closed();
        let server = Server::with(Options {
            storage: troubled(Trouble::Gated(gate.clone())),
            ..Options::default()
        })
        .await;
        gate.let_one_through();
        server.user("ada").await;
        gate.arrival().await;
        let call = set_phone(NUMBER, KEY);
        let meanwhile = async {
            gate.arrival().await;
            let (answer, outcome) = call.raw(protocol, &server).await;
            assert_eq!(
                (outcome.code, outcome.id.as_str()),
                (10, "RINGTRUE-IdempotencyKeyInFlight")
            );
            assert_eq!(outcome.body[1]["retryDelay"], "1s", "{protocol:?}");
            if protocol == Protocol::Rest {
                assert_eq!((answer.status, answer.header("retry-after")), (409, Some("1")));
            }
            let other = set_phone("+41791234568", KEY).by(protocol, &server).await;
            assert_eq!(other.id, "RINGTRUE-IdempotencyKeyReused");
            gate.let_one_through();
        };
        let (outcome, ()) = tokio::join!(call.by(protocol, &server), meanwhile);
        assert_eq!(outcome.code, 0, "{}", outcome.message);
        assert_eq!(call.by(protocol, &server).await, outcome, "{protocol:?}");
    }
}

#[tokio::test]
async fn r_i4_a_key_with_another_payload_is_refused_whatever_the_protocol() {
    for protocol in Protocol::ALL {
        let server = with_ada().await;
        server.user("bea").await;
        assert_eq!(set_phone(NUMBER, KEY).by(protocol, &server).await.code, 0);
        let mut for_bea = set_phone(NUMBER, KEY);
        for_bea.request["userId"] = Value::from("bea");
        let mut sent = set_phone(NUMBER, KEY);
        sent.request.as_object_mut().unwrap().remove("returnCode");
        for other in [set_phone("+41791234568", KEY), for_bea, sent] {
            let (answer, outcome) = other.raw(protocol, &server).await;
            assert_eq!(
                (outcome.code, outcome.id.as_str()),
                (9, "RINGTRUE-IdempotencyKeyReused")
            );
            if matches!(protocol, Protocol::Rest | Protocol::ConnectJson) {
                assert_eq!(answer.status, 422, "{protocol:?}");
            }
        }
        assert_eq!(
            (sequence(&server, "ada").await, sequence(&server, "bea").await),
            (ADA + 2, ADA)
        );
    }
}

#[tokio::test]
async fn r_i4_the_payload_is_what_is_asked_and_not_how_it_is_written() {
    let server = with_ada().await;
    let answer = set_phone(NUMBER, KEY).by(Protocol::GrpcWebText, &server).await;
    let headers = [("authorization", "Bearer owner-token"), ("idempotency-key", KEY)];
    let body = format!(r#" {{ "unknown": 1, "return_code" : {{}}, "phone":"{NUMBER}", "user_id": "eve" }}"#);
    let again = http1(
        server.address,
        request("POST", "/v2/users/ada/phone", &headers, body),
    )
    .await;
    assert_eq!((again.status, again.json()), (200, answer.body));
}

#[tokio::test]
async fn r_i5_a_server_that_requires_keys_refuses_a_write_without_one_and_no_read() {
    let defaults = Options::default();
    let idempotency = IdempotencyRules {
        required: true,
        ..defaults.idempotency
    };
    let server = Server::with(Options {
        idempotency,
        ..defaults
    })
    .await;
    server.user("ada").await;
    for protocol in Protocol::ALL {
        for (method, body) in [
            ("SetPhone", json!({ "userId": "ada", "phone": NUMBER })),
            ("DeleteUser", json!({ "userId": "ada" })),
        ] {
            let (answer, outcome) = Call::new(method, body).token(OWNER).raw(protocol, &server).await;
            assert_eq!(
                (outcome.code, outcome.id.as_str()),
                (3, "RINGTRUE-IdempotencyKeyMissing")
            );
            assert!(protocol != Protocol::Rest || answer.status == 400);
        }
        let read = Call::new("GetUserByID", json!({ "userId": "ada" })).token(OWNER);
        assert_eq!(read.by(protocol, &server).await.code, 0, "{protocol:?}");
        let keyed = read.header("idempotency-key", "\"").by(protocol, &server).await;
        assert_eq!(keyed.code, 0, "a read does not look at the header");
    }
    let keyed = set_phone(NUMBER, KEY).by(Protocol::Rest, &server).await;
    assert_eq!(keyed.code, 0, "{}", keyed.message);
}

#[tokio::test]
async fn r_i6_a_key_is_forgotten_after_its_lifetime() {
    let server = with_ada().await;
    let answer = set_phone(NUMBER, KEY).by(Protocol::Rest, &server).await;
    server
        .clock
        .advance(time::Duration::hours(24) - time::Duration::microseconds(1));
    assert_eq!(set_phone(NUMBER, KEY).by(Protocol::Rest, &server).await, answer);
    server.clock.advance(time::Duration::microseconds(1));
    let anew = set_phone("+41791234568", KEY).by(Protocol::Rest, &server).await;
    assert_eq!(anew.code, 0, "{}", anew.message);
}

#[tokio::test]
async fn r_i7_callers_and_methods_have_keys_of_their_own() {
    let server = with_ada().await;
    server
        .token(
            "other",
            Subject::Service("other".to_owned()),
            &[(Role::IamOwner, None)],
        )
        .await;
    assert_eq!(set_phone(NUMBER, KEY).by(Protocol::Rest, &server).await.code, 0);
    let others = set_phone("+41791234568", KEY).token("other");
    assert_eq!(others.by(Protocol::Rest, &server).await.code, 0);
    let remove = Call::new("RemovePhone", json!({ "userId": "ada" })).header("idempotency-key", KEY);
    let removed = remove.clone().token(OWNER).by(Protocol::Rest, &server).await;
    assert_eq!(removed.code, 0);
    let theirs = remove.token("other").by(Protocol::Rest, &server).await;
    assert_eq!(
        theirs.id, "COMMAND-ieJ2e",
        "another's call, and carried out for itself"
    );
}

/// As many as one key can be sent with at once: one SMS, and nobody is told anything else.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_hundred_calls_under_one_key_over_all_protocols_one_is_carried_out() {
    let server = Arc::new(with_ada().await);
    let start = Arc::new(Semaphore::new(0));
    let mut callers = JoinSet::new();
    for n in 0..102 {
        let (server, start) = (Arc::clone(&server), Arc::clone(&start));
        callers.spawn(async move {
            let send = Call::new("SetPhone", json!({ "userId": "ada", "phone": NUMBER }))
                .token(OWNER)
                .header("idempotency-key", KEY);
            let _started = start.acquire().await.unwrap();
            send.by(Protocol::ALL[n % 6], &server).await
        });
    }
    start.add_permits(102);
    let outcomes: Vec<Outcome> = tokio::time::timeout(Duration::from_mins(1), callers.join_all())
        .await
        .unwrap();
    let (done, told_to_wait): (Vec<_>, Vec<_>) = outcomes.iter().partition(|outcome| outcome.code == 0);
    assert!(!done.is_empty());
    assert!(done.iter().all(|outcome| *outcome == done[0]));
    assert!(
        told_to_wait
            .iter()
            .all(|outcome| outcome.id == "RINGTRUE-IdempotencyKeyInFlight"),
        "{told_to_wait:?}"
    );
    assert_eq!(sequence(&server, "ada").await, ADA + 2);
    assert_eq!(server.storage.outbox.unsettled().await.unwrap(), 1, "one SMS");
}
