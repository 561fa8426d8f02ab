//! gzip in both directions, where a protocol has it.

use std::io::Read as _;

use bytes::Bytes;
use ringtrue_core::{OrgId, Organization, port::Clock as _};
use serde_json::json;

use crate::support::{
    http::{Answer, http1, http2, request},
    protocol::{Call, Protocol, frame, gzip, unframe},
    server::{NUMBER, OWNER, Server},
};

fn set_phone() -> Call {
    Call::new("SetPhone", json!({ "userId": "ada", "phone": NUMBER })).token(OWNER)
}

fn gunzip(bytes: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    flate2::read::GzDecoder::new(bytes)
        .read_to_end(&mut plain)
        .unwrap();
    plain
}

#[tokio::test]
async fn a_compressed_request_is_understood_by_every_protocol() {
    for protocol in Protocol::ALL {
        let server = Server::start().await;
        server.user("ada").await;
        let outcome = set_phone().gzipped().by(protocol, &server).await;
        assert_eq!(outcome.code, 0, "{protocol:?}: {}", outcome.message);
        assert_eq!(outcome.body["details"]["sequence"], "4");
    }
}

#[tokio::test]
async fn a_body_that_becomes_too_large_is_refused_when_it_does() {
    let server = Server::start().await;
    let bomb = gzip(&vec![b' '; 16 << 20]);
    assert!(bomb.len() < 64 << 10);
    for protocol in Protocol::ALL {
        let (answer, outcome) = set_phone()
            .encoded("gzip", bomb.clone())
            .raw(protocol, &server)
            .await;
        assert_eq!(
            (outcome.code, outcome.id.as_str()),
            (8, "RINGTRUE-BodyTooLarge"),
            "{protocol:?}"
        );
        if matches!(protocol, Protocol::Rest | Protocol::ConnectJson) {
            assert_eq!(answer.status, 413);
        }
    }
}

#[tokio::test]
async fn what_is_said_to_be_gzip_and_is_not_is_refused() {
    let server = Server::start().await;
    let whole = gzip(set_phone().request.to_string().as_bytes());
    for body in [b"{}".to_vec(), whole[..whole.len() - 4].to_vec()] {
        for protocol in Protocol::ALL {
            let outcome = set_phone()
                .encoded("gzip", body.clone())
                .by(protocol, &server)
                .await;
            assert_eq!(
                (outcome.code, outcome.id.as_str()),
                (3, "RINGTRUE-NotGzip"),
                "{protocol:?}"
            );
        }
    }
}

#[tokio::test]
async fn an_unknown_encoding_is_refused_as_each_protocol_has_it() {
    let server = Server::start().await;
    for protocol in Protocol::ALL {
        let (answer, outcome) = set_phone()
            .encoded("br", b"{}".to_vec())
            .raw(protocol, &server)
            .await;
        assert_eq!(
            (outcome.code, outcome.id.as_str()),
            (12, "RINGTRUE-UnknownEncoding"),
            "{protocol:?}"
        );
        match protocol {
            Protocol::Rest => {
                assert_eq!(
                    (answer.status, answer.header("accept-encoding")),
                    (415, Some("gzip, identity"))
                );
            }
            Protocol::ConnectJson | Protocol::ConnectProto => assert_eq!(answer.status, 501),
            _ => assert_eq!(answer.header("grpc-accept-encoding"), Some("gzip,identity")),
        }
    }
    for protocol in Protocol::ALL {
        let name = match protocol {
            Protocol::Rest | Protocol::ConnectJson | Protocol::ConnectProto => "content-encoding",
            _ => "grpc-encoding",
        };
        let outcome = set_phone().header(name, "identity").by(protocol, &server).await;
        assert_eq!(outcome.code, 5, "identity is none: {protocol:?}");
    }
}

#[tokio::test]
async fn a_flagged_message_without_an_encoding_is_an_error_of_the_protocol() {
    let server = Server::start().await;
    let mut body = frame(&gzip(b""));
    body[0] = 1;
    let headers = [
        ("authorization", "Bearer owner-token"),
        ("content-type", "application/grpc"),
    ];
    let path = "/zitadel.user.v2.UserService/SetPhone";
    let answer = http2(server.address, request("POST", path, &headers, body)).await;
    assert_eq!(answer.header("grpc-status"), Some("13"), "as gRPC demands");
}

/// A server with a user whose names fill more than a packet.
async fn with_a_long_name() -> Server {
    let server = Server::start().await;
    let name = "Ädä Lövëläcé ".repeat(14);
    let person = json!({
        "userId": "ada",
        "profile": { "givenName": name, "familyName": name, "nickName": name, "displayName": name },
        "email": { "email": "ada@example.com", "isVerified": true },
    });
    let created = Call::new("AddHumanUser", person)
        .token(OWNER)
        .by(Protocol::Rest, &server)
        .await;
    assert_eq!(created.code, 0, "{}", created.message);
    server
}

async fn read(server: &Server, protocol: Protocol, accept: Option<&str>) -> Answer {
    let (kind, accepts) = match protocol {
        Protocol::Grpc => ("application/grpc", "grpc-accept-encoding"),
        Protocol::GrpcWeb => ("application/grpc-web", "grpc-accept-encoding"),
        Protocol::ConnectProto => ("application/proto", "accept-encoding"),
        _ => ("application/json", "accept-encoding"),
    };
    let mut headers = vec![("authorization", "Bearer owner-token"), ("content-type", kind)];
    headers.extend(accept.map(|coding| (accepts, coding)));
    let path = "/zitadel.user.v2.UserService/GetUserByID";
    // GetUserByIDRequest { user_id: "ada" }
    let message = b"\x0a\x03ada".to_vec();
    match protocol {
        Protocol::Rest => {
            http1(
                server.address,
                request("GET", "/v2/users/ada", &headers, Bytes::new()),
            )
            .await
        }
        Protocol::ConnectJson => {
            http1(
                server.address,
                request("POST", path, &headers, r#"{"userId":"ada"}"#),
            )
            .await
        }
        Protocol::ConnectProto => http1(server.address, request("POST", path, &headers, message)).await,
        Protocol::Grpc => http2(server.address, request("POST", path, &headers, frame(&message))).await,
        _ => http1(server.address, request("POST", path, &headers, frame(&message))).await,
    }
}

#[tokio::test]
async fn a_long_answer_to_a_read_is_compressed_for_whoever_takes_it() {
    let server = with_a_long_name().await;
    for protocol in [Protocol::Rest, Protocol::ConnectJson, Protocol::ConnectProto] {
        let plain = read(&server, protocol, None).await;
        assert_eq!((plain.status, plain.header("content-encoding")), (200, None));
        let declined = read(&server, protocol, Some("br, gzip;q=0")).await;
        assert_eq!(declined.body, plain.body);
        let short = read(&server, protocol, Some("br, gzip")).await;
        assert_eq!(short.header("content-encoding"), Some("gzip"), "{protocol:?}");
        assert_eq!(short.header("content-type"), plain.header("content-type"));
        assert!(short.header("vary").unwrap().contains("accept-encoding"));
        assert!(short.body.len() * 2 < plain.body.len());
        assert_eq!(gunzip(&short.body), plain.body);
    }
    for protocol in [Protocol::Grpc, Protocol::GrpcWeb] {
        let plain = read(&server, protocol, None).await;
        assert_eq!((plain.body[0], plain.header("grpc-encoding")), (0, None));
        let short = read(&server, protocol, Some("br,gzip")).await;
        assert_eq!(
            (short.body[0], short.header("grpc-encoding")),
            (1, Some("gzip")),
            "{protocol:?}"
        );
        assert_eq!(gunzip(unframe(&short.body).0), unframe(&plain.body).0);
    }
}

/// A code beside what the caller sent, and the length of the two compressed together, would tell of the code.
#[tokio::test]
async fn what_a_write_answers_is_never_compressed_however_long() {
    let server = Server::start().await;
    let long = OrgId::parse(&"🦀".repeat(200)).unwrap();
    let organization = Organization {
        id: long.clone(),
        name: "Crabs".to_owned(),
        created_at: server.clock.now(),
    };
    server.storage.organizations.insert(&organization).await.unwrap();
    let person = json!({
        "userId": "🦀".repeat(100),
        "organization": { "orgId": long.as_str() },
        "profile": { "givenName": "Ada", "familyName": "Lovelace" },
        "email": { "email": "ada@example.com", "returnCode": {} },
    });
    for (protocol, user) in [
        (Protocol::Rest, "a"),
        (Protocol::Grpc, "b"),
        (Protocol::ConnectJson, "c"),
    ] {
        let mut person = person.clone();
        person["userId"] = format!("{user}{}", "🦀".repeat(100)).into();
        person["username"] = user.into();
        let call = Call::new("AddHumanUser", person)
            .token(OWNER)
            .header("accept-encoding", "gzip")
            .header("grpc-accept-encoding", "gzip");
        let (answer, outcome) = call.raw(protocol, &server).await;
        assert_eq!(outcome.code, 0, "{protocol:?}: {}", outcome.message);
        assert!(answer.body.len() > 1024);
        assert_eq!(
            (answer.header("content-encoding"), answer.header("grpc-encoding")),
            (None, None)
        );
    }
}
