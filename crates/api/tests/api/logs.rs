//! What must never be in a log.

use ringtrue_api::{ForwardedHeader, TrustedProxies};
use serde_json::json;

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
async fn no_number_code_or_token_is_ever_logged() {
    let log = Log::default();
    let guard = log.listen();
    for protocol in Protocol::ALL {
        let server = Server::start().await;
        let person = json!({
            "userId": "ada",
            "profile": { "givenName": "Ada", "familyName": "Lovelace" },
            "email": { "email": "ada@example.com", "returnCode": {} },
            "phone": { "phone": NUMBER, "returnCode": {} },
        });
        let other = "+41791234568";
        for (method, request) in [
            ("AddHumanUser", person.clone()),
            ("AddHumanUser", person),
            ("SetPhone", json!({ "userId": "ada", "phone": NUMBER })),
            (
                "SetPhone",
                json!({ "userId": "ada", "phone": other, "returnCode": {} }),
            ),
            (
                "SetPhone",
                json!({ "userId": "ada", "phone": "+41791234", "returnCode": {} }),
            ),
            ("ResendPhoneCode", json!({ "userId": "ada" })),
            (
                "VerifyPhone",
                json!({ "userId": "ada", "verificationCode": "271828" }),
            ),
            (
                "VerifyPhone",
                json!({ "userId": "ada", "verificationCode": CODE }),
            ),
            ("GetUserByID", json!({ "userId": "ada" })),
            ("RemovePhone", json!({ "userId": "ada" })),
            ("DeleteUser", json!({ "userId": "ada" })),
        ] {
            Call::new(method, request.clone())
                .token(OWNER)
                .by(protocol, &server)
                .await;
            Call::new(method, request)
                .token("a-wrong-token")
                .by(protocol, &server)
                .await;
        }
    }
    drop(guard);
    let text = log.text();
    assert!(text.contains("VerifyPhone"), "the story was logged");
    for secret in [
        "791234",
        CODE,
        "271828",
        OWNER,
        "a-wrong-token",
        "ada@example.com",
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
