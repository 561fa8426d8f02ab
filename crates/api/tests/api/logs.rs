//! What must never be in a log.

use ringtrue_api::{ForwardedHeader, TrustedProxies};
use serde_json::{Value, json};

use crate::support::{
    http::{http1, request},
    log::Log,
    protocol::{Call, Protocol},
    server::{CODE, NUMBER, OWNER, Options, Server},
    stores::{DATABASE_TEXT, Trouble, troubled},
};

#[tokio::test]
async fn the_log_has_the_address_that_a_trusted_proxy_vouches_for_and_no_other() {
    let log = Log::default();
    let guard = log.listen();
    let networks = vec!["127.0.0.0/8".parse().unwrap()];
    let trusted = TrustedProxies::new(networks, ForwardedHeader::XForwardedFor);
    for (proxies, expected) in [
        (trusted, "198.51.100.7"),
        (TrustedProxies::default(), "127.0.0.1"),
    ] {
        let server = Server::with(Options {
            proxies,
            ..Options::default()
        })
        .await;
        let headers = [("x-forwarded-for", "203.0.113.5, 198.51.100.7")];
        http1(server.address, request("GET", "/v2/users/ada", &headers, "")).await;
        let said = log.text();
        log.clear();
        assert!(said.contains(&format!("client.address={expected}")), "{said}");
        assert!(!said.contains("203.0.113.5"), "{said}");
    }
    drop(guard);
}

#[tokio::test]
async fn no_number_code_token_or_key_is_ever_logged() {
    const KEY: &str = "a-key-of-the-clients";
    let log = Log::default();
    let guard = log.listen();
    tracing::trace!("the story begins");
    for protocol in Protocol::ALL {
        let server = Server::start().await;
        let person = json!({
            "userId": "ada",
            "profile": { "givenName": "Ada", "familyName": "Lovelace" },
            "email": { "email": "ada@example.com", "returnCode": {} },
            "phone": { "phone": NUMBER, "returnCode": {} },
        });
        let other = "+41791234568";
        let with_ada = |mut request: Value| {
            request["userId"] = json!("ada");
            request
        };
        for (method, request, code) in [
            ("AddHumanUser", person.clone(), 0),
            ("AddHumanUser", person, 9),
            ("SetPhone", json!({ "phone": NUMBER }), 9),
            ("SetPhone", json!({ "phone": other, "returnCode": {} }), 0),
            ("SetPhone", json!({ "phone": "+41791234", "returnCode": {} }), 3),
            ("ResendPhoneCode", json!({}), 0),
            ("VerifyPhone", json!({ "verificationCode": "271828" }), 3),
            ("VerifyPhone", json!({ "verificationCode": CODE }), 0),
            ("GetUserByID", json!({}), 0),
            ("RemovePhone", json!({}), 0),
            ("DeleteUser", json!({}), 0),
        ] {
            // Each has a key of its own: a key that came before would be refused for that.
            let key = format!("{KEY}-{method}-{code}");
            let call = Call::new(method, with_ada(request)).header("idempotency-key", &key);
            let outcome = call.clone().token(OWNER).by(protocol, &server).await;
            assert_eq!(outcome.code, code, "{protocol:?} {method}: {}", outcome.message);
            let refused = call.token("a-wrong-token").by(protocol, &server).await;
            assert_eq!(refused.code, 16, "{protocol:?} {method}");
        }
    }
    drop(guard);
    let text = log.text();
    for told in ["the story begins", "VerifyPhone"] {
        assert!(text.contains(told), "{told} was not logged");
    }
    for secret in [
        "791234",
        CODE,
        "271828",
        OWNER,
        "a-wrong-token",
        "ada@example.com",
        KEY,
    ] {
        let line = text.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "{secret} was logged");
    }
}

#[tokio::test]
async fn what_storage_says_is_logged_once_with_the_id_of_the_request() {
    let log = Log::default();
    let guard = log.listen();
    let storage = troubled(Trouble::Down);
    let server = Server::with(Options {
        storage,
        ..Options::default()
    })
    .await;
    let read = Call::new("GetUserByID", json!({ "userId": "ada" })).token(OWNER);
    let outcome = read
        .header("x-request-id", "request-7")
        .by(Protocol::Rest, &server)
        .await;
    drop(guard);
    assert_eq!(outcome.code, 14);
    let text = log.text();
    let told: Vec<&str> = text.lines().filter(|line| line.contains(DATABASE_TEXT)).collect();
    assert_eq!(told.len(), 1, "{text}");
    assert!(
        told[0].contains("ERROR") && told[0].contains("request-7"),
        "{}",
        told[0]
    );
}
