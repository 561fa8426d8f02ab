//! What a stranger may use up, and how the server goes away.

use std::time::Duration;

use ringtrue_api::Limits;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use crate::support::{
    http::{http1, http2, request},
    protocol::{Call, Protocol},
    server::{OWNER, Options, Server},
    stores::{Gate, Trouble, troubled},
};

/// Long enough for a machine that is busy, and never waited for when all is well.
const PATIENCE: Duration = Duration::from_secs(20);

async fn with(limits: Limits) -> Server {
    Server::with(Options {
        limits,
        ..Options::default()
    })
    .await
}

fn create(id: &str) -> Call {
    let request = json!({
        "userId": id,
        "profile": { "givenName": "Ada", "familyName": "Lovelace" },
        "email": { "email": format!("{id}@example.com") },
    });
    Call::new("AddHumanUser", request).token(OWNER)
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_by_every_protocol() {
    let body_bytes_max = 1000;
    let server = with(Limits {
        body_bytes_max,
        ..Limits::default()
    })
    .await;
    for protocol in Protocol::ALL {
        let mut call = create("ada");
        call.request["profile"]["nickName"] = json!("x".repeat(2000));
        let (answer, outcome) = call.raw(protocol, &server).await;
        assert_eq!(
            (outcome.code, outcome.id.as_str()),
            (8, "RINGTRUE-BodyTooLarge"),
            "{protocol:?}"
        );
        assert!(outcome.message.contains("at most 1000 bytes"));
        if protocol == Protocol::Rest {
            assert_eq!(answer.status, 413);
        }
    }
}

#[tokio::test]
async fn headers_over_the_limit_are_refused() {
    let header_bytes_max = 8 << 10;
    let server = with(Limits {
        header_bytes_max,
        ..Limits::default()
    })
    .await;
    let large = "x".repeat(20 << 10);
    let headers = [("x-large", large.as_str())];
    assert_eq!(
        http1(server.address, request("GET", "/healthz", &headers, ""))
            .await
            .status,
        431
    );
    assert_eq!(
        http2(server.address, request("GET", "/healthz", &headers, ""))
            .await
            .status,
        431
    );
    let fits = "x".repeat(4 << 10);
    let headers = [("x-large", fits.as_str())];
    assert_eq!(
        http1(server.address, request("GET", "/healthz", &headers, ""))
            .await
            .status,
        200
    );
    assert_eq!(
        http2(server.address, request("GET", "/healthz", &headers, ""))
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn a_client_that_dawdles_is_let_go() {
    let server = with(Limits {
        header_read_timeout: Duration::from_millis(100),
        request_timeout: Duration::from_millis(200),
        keep_alive: Duration::from_millis(100),
        ..Limits::default()
    })
    .await;
    for sent in [
        // Nothing at all; what could become either HTTP; half a head; an HTTP/2 connection that never answers a ping.
        &b""[..],
        b"P",
        b"PRI * HTTP/2.0\r\n\r\nS",
        b"GET /healthz HTTP/1.1\r\nhost: x\r\nx-slow: ",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0",
    ] {
        let mut socket = TcpStream::connect(server.address).await.unwrap();
        socket.write_all(sent).await.unwrap();
        let mut rest = Vec::new();
        let ended = timeout(PATIENCE, socket.read_to_end(&mut rest)).await;
        assert!(
            ended.is_ok(),
            "still open after {:?}",
            String::from_utf8_lossy(sent)
        );
    }
}

#[tokio::test]
async fn an_idle_connection_is_let_go_after_its_answer() {
    let server = with(Limits {
        header_read_timeout: Duration::from_millis(100),
        ..Limits::default()
    })
    .await;
    let mut socket = TcpStream::connect(server.address).await.unwrap();
    socket
        .write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n")
        .await
        .unwrap();
    let mut answer = Vec::new();
    timeout(PATIENCE, socket.read_to_end(&mut answer))
        .await
        .unwrap()
        .unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 200 OK"));
}

#[tokio::test]
async fn a_body_that_never_ends_times_out() {
    let server = with(Limits {
        request_timeout: Duration::from_millis(100),
        ..Limits::default()
    })
    .await;
    for path in ["/v2/users/human", "/zitadel.user.v2.UserService/AddHumanUser"] {
        let mut socket = TcpStream::connect(server.address).await.unwrap();
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{{"
        );
        socket.write_all(head.as_bytes()).await.unwrap();
        let mut answer = [0; 12];
        timeout(PATIENCE, socket.read_exact(&mut answer))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(&answer, b"HTTP/1.1 504", "{path}");
    }
}

#[tokio::test]
async fn connections_over_the_limit_wait_for_room() {
    let server = with(Limits {
        connections_max: 1,
        ..Limits::default()
    })
    .await;
    let mut first = TcpStream::connect(server.address).await.unwrap();
    first
        .write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n")
        .await
        .unwrap();
    let mut answer = [0; 12];
    first.read_exact(&mut answer).await.unwrap();
    let mut second = TcpStream::connect(server.address).await.unwrap();
    second
        .write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n")
        .await
        .unwrap();
    let early = timeout(Duration::from_millis(100), second.read_exact(&mut answer)).await;
    assert!(early.is_err(), "the second is not served while the first is open");
    drop(first);
    timeout(PATIENCE, second.read_exact(&mut answer))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200");
}

#[tokio::test]
async fn a_drain_finishes_what_is_in_flight_and_refuses_what_is_new() {
    for protocol in [Protocol::Rest, Protocol::Grpc] {
        let gate = Gate::closed();
        let storage = troubled(Trouble::Gated(gate.clone()));
        let server = Server::with(Options {
            storage,
            ..Options::default()
        })
        .await;
        let call = create("ada");
        let finish = async {
            // The call is in flight once its commit waits at the gate; an idle connection is there too.
            let idle = TcpStream::connect(server.address).await.unwrap();
            gate.arrival().await;
            server.stop();
            let refused = timeout(PATIENCE, async {
                while TcpStream::connect(server.address).await.is_ok() {
                    tokio::task::yield_now().await;
                }
            });
            refused.await.expect("new connections are refused");
            assert!(server.is_running(), "the server waits for the call");
            gate.let_one_through();
            drop(idle);
        };
        let (outcome, ()) = tokio::join!(call.by(protocol, &server), finish);
        assert_eq!(outcome.code, 0, "{protocol:?}: {}", outcome.message);
        server.ended(PATIENCE).await;
    }
}

#[tokio::test]
async fn readiness_turns_before_connections_are_refused() {
    let server = with(Limits {
        drain_delay: Duration::from_hours(1),
        ..Limits::default()
    })
    .await;
    server.stop();
    while !server.draining.is_draining() {
        tokio::task::yield_now().await;
    }
    let ready = http1(server.address, request("GET", "/ready", &[], "")).await;
    assert_eq!(ready.status, 503);
}

#[tokio::test]
async fn a_drain_ends_when_the_grace_is_over() {
    let gate = Gate::closed();
    let storage = troubled(Trouble::Gated(gate.clone()));
    let limits = Limits {
        request_timeout: Duration::from_hours(1),
        drain_grace: Duration::from_millis(50),
        ..Limits::default()
    };
    let server = Server::with(Options {
        limits,
        storage,
        ..Options::default()
    })
    .await;
    let address = server.address;
    let stuck = tokio::spawn(async move {
        let body = create("ada").request.to_string();
        let headers = [("authorization", "Bearer owner-token")];
        http1(address, request("POST", "/v2/users/human", &headers, body))
            .await
            .status
    });
    gate.arrival().await;
    server.stop();
    server.ended(PATIENCE).await;
    stuck.abort();
}
