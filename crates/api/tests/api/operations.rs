//! What operators, browsers and developers ask for.

use std::sync::Arc;

use http_body_util::BodyExt as _;
use prost::Message as _;
use ringtrue_api::{DevInbox, InboxEntry};
use serde_json::json;
use time::macros::datetime;
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse, health_check_response::ServingStatus};

use crate::support::{
    http::{Answer, http1, http2, http2_opened, request},
    protocol::frame,
    server::{CODE, NUMBER, Options, Server},
    stores::{DATABASE_TEXT, Trouble, troubled},
};

async fn get(server: &Server, path: &str) -> Answer {
    http1(server.address, request("GET", path, &[], "")).await
}

#[tokio::test]
async fn readiness_is_about_serving_and_liveness_is_not() {
    let server = Server::start().await;
    assert_eq!(
        (
            get(&server, "/ready").await.status,
            get(&server, "/healthz").await.status
        ),
        (200, 200)
    );
    server.draining.begin();
    let ready = get(&server, "/ready").await;
    assert_eq!((ready.status, &ready.body[..]), (503, &b"draining"[..]));
    assert_eq!(&get(&server, "/healthz").await.body[..], b"ok");

    let storage = troubled(Trouble::Down);
    let down = Server::with(Options {
        storage,
        ..Options::default()
    })
    .await;
    let ready = get(&down, "/ready").await;
    assert_eq!(
        (ready.status, &ready.body[..]),
        (503, &b"storage cannot serve"[..])
    );
    assert!(!String::from_utf8_lossy(&ready.body).contains(DATABASE_TEXT));
    assert_eq!(get(&down, "/healthz").await.status, 200);
}

#[tokio::test]
async fn health_over_grpc_says_what_readiness_says() {
    let server = Server::start().await;
    let check = async |service: &str| {
        let message = HealthCheckRequest {
            service: service.to_owned(),
        }
        .encode_to_vec();
        let headers = [("content-type", "application/grpc"), ("te", "trailers")];
        let path = "/grpc.health.v1.Health/Check";
        let answer = http2(server.address, request("POST", path, &headers, frame(&message))).await;
        match answer.header("grpc-status") {
            Some(status) => format!("status {status}"),
            None => format!(
                "{:?}",
                HealthCheckResponse::decode(&answer.body[5..]).unwrap().status()
            ),
        }
    };
    assert_eq!(check("").await, "Serving");
    let services = ringtrue_proto::pool().services();
    let ours = services.filter(|service| service.full_name().starts_with("zitadel."));
    let ours: Vec<String> = ours.map(|service| service.full_name().to_owned()).collect();
    assert_eq!(ours.len(), 3, "{ours:?}");
    for service in ours {
        assert_eq!(check(&service).await, "Serving", "{service}");
    }
    assert_eq!(check("nothing").await, "status 5");
    server.draining.begin();
    assert_eq!(check("").await, "NotServing");
}

#[tokio::test]
async fn whoever_watches_health_is_told_of_the_drain_and_does_not_hold_it_up() {
    let server = Server::start().await;
    let message = HealthCheckRequest::default().encode_to_vec();
    let headers = [("content-type", "application/grpc"), ("te", "trailers")];
    let watch = request("POST", "/grpc.health.v1.Health/Watch", &headers, frame(&message));
    let mut told = http2_opened(server.address, watch).await.into_body();
    let status = |frame: &[u8]| HealthCheckResponse::decode(&frame[5..]).unwrap().status();
    let first = told.frame().await.unwrap().unwrap().into_data().unwrap();
    assert_eq!(status(&first), ServingStatus::Serving);
    server.draining.begin();
    let last = told.collect().await.unwrap();
    assert_eq!(last.trailers().unwrap()["grpc-status"], "0", "it ends by itself");
    assert_eq!(status(&last.to_bytes()), ServingStatus::NotServing);
}

#[tokio::test]
async fn reflection_lists_every_service() {
    let server = Server::start().await;
    for version in ["v1", "v1alpha"] {
        // ServerReflectionRequest { list_services: "" }
        let message = [0x3a, 0];
        let headers = [("content-type", "application/grpc"), ("te", "trailers")];
        let path = format!("/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo");
        let answer = http2(server.address, request("POST", &path, &headers, frame(&message))).await;
        let body = String::from_utf8_lossy(&answer.body).into_owned();
        for service in [
            "zitadel.user.v2.UserService",
            "zitadel.user.v2beta.UserService",
            "zitadel.org.v2.OrganizationService",
            "grpc.health.v1.Health",
        ] {
            assert!(body.contains(service), "{version}: {service}");
        }
    }
}

#[tokio::test]
async fn every_answer_forbids_caching_and_indexing_and_names_its_request() {
    let server = Server::start().await;
    for path in ["/healthz", "/v2/users/ada", "/nowhere"] {
        let answer = get(&server, path).await;
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(answer.header("x-robots-tag"), Some("none"));
        assert_eq!(answer.header("x-request-id").map(str::len), Some(32));
        assert_eq!(
            (answer.header("server"), answer.header("x-powered-by")),
            (None, None)
        );
        for (given, kept) in [("abc-1.2_3:4", true), ("a b", false), (&"x".repeat(65), false)] {
            let named = request("GET", path, &[("x-request-id", given)], "");
            let answer = http1(server.address, named).await;
            assert_eq!(answer.header("x-request-id") == Some(given), kept, "{given}");
        }
    }
}

#[tokio::test]
async fn a_page_of_any_origin_may_call() {
    let server = Server::start().await;
    let preflight = [
        ("origin", "https://app.example.com"),
        ("access-control-request-method", "POST"),
        (
            "access-control-request-headers",
            "authorization,content-type,x-grpc-web,grpc-timeout",
        ),
    ];
    for path in ["/v2/users/ada/phone", "/zitadel.user.v2.UserService/SetPhone"] {
        let answer = http1(server.address, request("OPTIONS", path, &preflight, "")).await;
        assert_eq!(answer.status, 200);
        let allowed = |name: &str| {
            answer
                .header(&format!("access-control-allow-{name}"))
                .unwrap()
                .to_owned()
        };
        assert_eq!(allowed("origin"), "https://app.example.com");
        assert_eq!(allowed("credentials"), "true");
        for header in [
            "authorization",
            "x-grpc-web",
            "connect-protocol-version",
            "x-zitadel-orgid",
        ] {
            assert!(allowed("headers").contains(header), "{header}");
        }
        assert!(allowed("methods").contains("DELETE"));
    }
    let origin = [("origin", "https://app.example.com")];
    let answer = http1(server.address, request("GET", "/v2/users/ada", &origin, "")).await;
    assert_eq!(answer.status, 401);
    assert_eq!(
        answer.header("access-control-allow-origin"),
        Some("https://app.example.com")
    );
    let exposed = answer.header("access-control-expose-headers").unwrap();
    assert!(exposed.contains("grpc-status-details-bin") && exposed.contains("grpc-message"));
    assert!(answer.header("vary").unwrap().contains("origin"));
}

#[tokio::test]
async fn who_is_no_page_is_told_nothing_of_pages() {
    let server = Server::start().await;
    let answer = get(&server, "/v2/users/ada").await;
    let told = |name: &&str| name.starts_with("access-control-");
    assert_eq!(
        answer.headers.keys().map(http::HeaderName::as_str).find(told),
        None
    );
    assert_eq!(answer.header("vary"), Some("origin"), "a page would be told more");
}

struct Fixed;

impl DevInbox for Fixed {
    fn messages(&self) -> Vec<InboxEntry> {
        vec![InboxEntry {
            to: NUMBER.to_owned(),
            text: format!("Your code is {CODE}"),
            code: CODE.to_owned(),
            at: datetime!(2026-01-01 12:00 UTC),
        }]
    }
}

async fn with_inbox(inbox: impl DevInbox) -> Server {
    Server::with(Options {
        inbox: Some(Arc::new(inbox)),
        ..Options::default()
    })
    .await
}

#[tokio::test]
async fn the_inbox_shows_what_was_captured() {
    let server = with_inbox(Fixed).await;
    let answer = get(&server, "/dev/inbox").await;
    assert_eq!(
        (answer.status, answer.header("cache-control")),
        (200, Some("no-store"))
    );
    let text = format!("Your code is {CODE}");
    let message = json!({ "to": NUMBER, "text": text, "code": CODE, "at": "2026-01-01T12:00:00Z" });
    assert_eq!(answer.json(), json!({ "messages": [message] }));

    let page = [("origin", "https://evil.example.com")];
    let answer = http1(server.address, request("GET", "/dev/inbox", &page, "")).await;
    assert_eq!(
        answer.header("access-control-allow-origin"),
        None,
        "no page may read it"
    );
}

struct Broken;

impl DevInbox for Broken {
    fn messages(&self) -> Vec<InboxEntry> {
        panic!("a defect")
    }
}

#[tokio::test]
async fn a_panic_outside_of_any_method_is_told_as_one_within() {
    let server = with_inbox(Broken).await;
    for _ in 0..2 {
        let answer = get(&server, "/dev/inbox").await;
        assert_eq!(answer.status, 500);
        assert_eq!(answer.json()["details"][0]["id"], "RECOVER");
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert!(answer.header("x-request-id").is_some());
    }
}

#[tokio::test]
async fn an_answer_to_head_has_no_body_whoever_gives_it() {
    let server = Server::start().await;
    for path in ["/healthz", "/v2/users/ada", "/nowhere"] {
        let asked = || request("HEAD", path, &[], "");
        for answer in [
            http1(server.address, asked()).await,
            http2(server.address, asked()).await,
        ] {
            assert!(answer.body.is_empty(), "{path}");
            assert_ne!(answer.header("content-length"), Some("0"), "{path}");
            assert!(answer.header("content-length").is_some(), "{path}");
        }
    }
}
