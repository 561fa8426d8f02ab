//! Around the calls: request ids, traces, deadlines, caches, and connections that are used again.

use std::{sync::Arc, time::Duration};

use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::{TokioExecutor, TokioIo};
use ringtrue_api::{Cors, Origins};
use serde_json::json;
use tokio::net::TcpStream;

use crate::support::{
    http::{http1, request},
    log::Log,
    protocol::{Call, Protocol},
    server::{NUMBER, OWNER, Options, Server},
};

fn read(user: &str) -> Call {
    Call::new("GetUserByID", json!({ "userId": user })).token(OWNER)
}

#[tokio::test]
async fn every_answer_of_every_protocol_is_not_to_be_stored_and_has_the_id_of_its_request() {
    let server = Server::start().await;
    server.user("ada").await;
    for protocol in Protocol::ALL {
        for (user, code) in [("ada", 0), ("nobody", 5)] {
            let (answer, outcome) = read(user)
                .header("x-request-id", "id-7")
                .raw(protocol, &server)
                .await;
            assert_eq!(outcome.code, code);
            assert_eq!(answer.header("x-request-id"), Some("id-7"), "{protocol:?}");
            assert_eq!(answer.header("cache-control"), Some("no-store"), "{protocol:?}");
            let (answer, _) = read(user).raw(protocol, &server).await;
            assert_eq!(
                answer.header("x-request-id").map(str::len),
                Some(32),
                "{protocol:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_request_belongs_to_its_callers_trace_and_what_is_no_trace_or_id_reaches_no_log() {
    const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
    let log = Log::default();
    let guard = log.listen();
    let server = Server::start().await;
    let parent = format!("00-{TRACE}-b7ad6b7169203331-01");
    for protocol in Protocol::ALL {
        let call = read("nobody")
            .header("traceparent", &parent)
            .header("tracestate", "vendor=1");
        assert_eq!(call.by(protocol, &server).await.code, 5);
    }
    let told = log.text();
    let traced = told.lines().filter(|line| line.contains("refused"));
    let in_trace = |line: &&str| line.contains(TRACE) && line.contains("b7ad6b7169203331");
    assert_eq!(
        traced.clone().filter(in_trace).count(),
        Protocol::ALL.len(),
        "{told}"
    );
    log.clear();
    let invalid = parent.to_uppercase();
    let answer = read("nobody")
        .header("traceparent", &invalid)
        .header("x-request-id", "forged level=ERROR")
        .raw(Protocol::Rest, &server)
        .await
        .0;
    drop(guard);
    let told = log.text();
    assert!(!told.contains(&invalid) && !told.contains("forged"), "{told}");
    let id = answer.header("x-request-id").unwrap();
    let refused = told.lines().find(|line| line.contains("refused")).unwrap();
    assert_eq!(
        refused.matches(id).count(),
        2,
        "request and trace begin here: {told}"
    );
}

#[tokio::test]
async fn a_malformed_deadline_is_refused_and_one_that_has_passed_is_too() {
    const GRPC_MALFORMED: [&str; 6] = ["", "5", "1.5S", "123456789n", "-1S", "1x"];
    const CONNECT_MALFORMED: [&str; 6] = ["", "5s", "1.5", "12345678901", "-1", "0x1"];
    let server = Server::start().await;
    server.user("ada").await;
    let (grpc, connect) = ("grpc-timeout", "connect-timeout-ms");
    for (protocol, header, malformed, passed) in [
        (Protocol::Grpc, grpc, GRPC_MALFORMED, "0n"),
        (Protocol::GrpcWeb, grpc, GRPC_MALFORMED, "0m"),
        (Protocol::ConnectJson, connect, CONNECT_MALFORMED, "0"),
        (Protocol::ConnectProto, connect, CONNECT_MALFORMED, "0"),
    ] {
        for value in malformed {
            let outcome = read("ada").header(header, value).by(protocol, &server).await;
            assert_eq!(outcome.code, 3, "{protocol:?} {value:?}");
            assert!(outcome.message.contains(header), "{}", outcome.message);
        }
        let outcome = read("ada").header(header, passed).by(protocol, &server).await;
        assert_eq!(outcome.code, 4, "{protocol:?} {passed}");
    }
}

#[tokio::test]
async fn a_connection_is_used_again_by_http1_and_shared_by_http2() {
    let server = Arc::new(Server::start().await);
    server.user("ada").await;
    let get = |uri: &str| {
        let headers = [("authorization", "Bearer owner-token"), ("host", "localhost")];
        request("GET", uri, &headers, "")
    };
    let socket = TcpStream::connect(server.address).await.unwrap();
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake::<_, Full<bytes::Bytes>>(TokioIo::new(socket))
            .await
            .unwrap();
    tokio::spawn(connection);
    for user in ["ada", "nobody", "ada"] {
        sender.ready().await.unwrap();
        let response = sender
            .send_request(get(&format!("/v2/users/{user}")))
            .await
            .unwrap();
        assert_eq!(response.status() == 200, user == "ada");
        assert!(!response.headers().contains_key("connection"));
        response.into_body().collect().await.unwrap();
    }
    let socket = TcpStream::connect(server.address).await.unwrap();
    let (sender, connection) = hyper::client::conn::http2::handshake::<_, _, Full<bytes::Bytes>>(
        TokioExecutor::new(),
        TokioIo::new(socket),
    )
    .await
    .unwrap();
    tokio::spawn(connection);
    let calls = (0..20).map(|_| {
        let mut sender = sender.clone();
        let request = get("http://localhost/v2/users/ada");
        tokio::spawn(async move { sender.send_request(request).await.unwrap().status() })
    });
    for call in calls.collect::<Vec<_>>() {
        assert_eq!(call.await.unwrap(), 200);
    }
}

#[tokio::test]
async fn a_page_may_send_a_key_and_a_trace_and_is_told_for_how_long_it_may_remember() {
    let server = Server::start().await;
    let preflight = [
        ("origin", "https://app.example.com"),
        ("access-control-request-method", "POST"),
        (
            "access-control-request-headers",
            "idempotency-key,traceparent,tracestate,x-request-id",
        ),
    ];
    let answer = http1(
        server.address,
        request("OPTIONS", "/v2/users/ada/phone", &preflight, ""),
    )
    .await;
    let allowed = answer.header("access-control-allow-headers").unwrap();
    for header in preflight[2].1.split(',') {
        assert!(
            allowed.split(',').any(|known| known.trim() == header),
            "{header}: {allowed}"
        );
    }
    assert_eq!(answer.header("access-control-max-age"), Some("600"));
}

#[tokio::test]
async fn only_pages_of_the_origins_that_are_configured_may_call() {
    let cors = Cors {
        origins: Origins::Only(vec!["https://app.example.com".parse().unwrap()]),
        credentials: false,
        max_age: Duration::ZERO,
    };
    let server = Server::with(Options {
        cors,
        ..Options::default()
    })
    .await;
    for (origin, allowed) in [
        ("https://app.example.com", true),
        ("https://app.example.com.evil.example", false),
        ("http://app.example.com", false),
        ("null", false),
    ] {
        let preflight = [("origin", origin), ("access-control-request-method", "POST")];
        for (verb, headers) in [("OPTIONS", &preflight[..]), ("POST", &preflight[..1])] {
            let answer = http1(
                server.address,
                request(verb, "/v2/users/ada/phone", headers, "{}"),
            )
            .await;
            let told = answer.header("access-control-allow-origin");
            assert_eq!(told, allowed.then_some(origin), "{verb} {origin}");
            assert_eq!(answer.header("access-control-allow-credentials"), None);
        }
    }
    // Whoever is no page is not asked where from.
    let call = Call::new("SetPhone", json!({ "userId": "ada", "phone": NUMBER })).token(OWNER);
    assert_eq!(call.by(Protocol::Rest, &server).await.code, 5);
}
