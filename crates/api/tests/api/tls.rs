//! Encrypted connections.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use bytes::Bytes;
use http::Version;
use http_body_util::{BodyExt as _, Full};
use hyper::{Request, client::conn};
use hyper_util::rt::{TokioExecutor, TokioIo};
use ringtrue_api::{Limits, Tls, TlsError};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::{
    TlsConnector,
    client::TlsStream,
    rustls::{
        ClientConfig, RootCertStore,
        crypto::aws_lc_rs,
        pki_types::{CertificateDer, ServerName},
    },
};

use crate::support::{
    http::{http1, request},
    server::{Options, Server},
};

/// Long enough for a machine that is busy, and never waited for when all is well.
const PATIENCE: Duration = Duration::from_secs(20);

/// A certificate that vouches for itself.
struct Certificate {
    pem: String,
    key: String,
    root: CertificateDer<'static>,
}

impl Certificate {
    fn new() -> Self {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        Self {
            pem: made.cert.pem(),
            key: made.signing_key.serialize_pem(),
            root: made.cert.der().clone(),
        }
    }

    fn tls(&self) -> Tls {
        Tls::new(self.pem.as_bytes(), self.key.as_bytes()).unwrap()
    }
}

async fn serving(tls: &Tls, limits: Limits) -> Server {
    Server::with(Options {
        tls: Some(tls.clone()),
        limits,
        ..Options::default()
    })
    .await
}

/// Connects, believing this certificate alone and offering these protocols.
async fn connect(
    address: SocketAddr,
    certificate: &Certificate,
    protocols: &[&[u8]],
) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(certificate.root.clone()).unwrap();
    let mut config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
    let socket = TcpStream::connect(address).await?;
    let name = ServerName::try_from("localhost").unwrap();
    TlsConnector::from(Arc::new(config)).connect(name, socket).await
}

/// A connection that takes one HTTP/1.1 request after the other.
async fn http1_over(socket: TlsStream<TcpStream>) -> conn::http1::SendRequest<Full<Bytes>> {
    let (sender, connection) = conn::http1::handshake(TokioIo::new(socket)).await.unwrap();
    tokio::spawn(connection);
    sender
}

fn healthz() -> Request<Full<Bytes>> {
    request("GET", "/healthz", &[("host", "localhost")], "")
}

#[tokio::test]
async fn either_http_is_spoken_as_alpn_agrees() {
    let certificate = Certificate::new();
    let server = serving(&certificate.tls(), Limits::default()).await;
    for protocols in [&[&b"http/1.1"[..]][..], &[]] {
        let socket = connect(server.address, &certificate, protocols).await.unwrap();
        assert_eq!(socket.get_ref().1.alpn_protocol(), protocols.first().copied());
        let answer = http1_over(socket).await.send_request(healthz()).await.unwrap();
        assert_eq!(
            (answer.status().as_u16(), answer.version()),
            (200, Version::HTTP_11)
        );
    }
    let socket = connect(server.address, &certificate, &[b"h2", b"http/1.1"])
        .await
        .unwrap();
    assert_eq!(socket.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    let (mut sender, connection) = conn::http2::handshake(TokioExecutor::new(), TokioIo::new(socket))
        .await
        .unwrap();
    tokio::spawn(connection);
    let rest = request("GET", "https://localhost/healthz", &[], "");
    let answer = sender.send_request(rest).await.unwrap();
    assert_eq!(
        (answer.status().as_u16(), answer.version()),
        (200, Version::HTTP_2)
    );

    let headers = [("content-type", "application/grpc"), ("te", "trailers")];
    let check = "https://localhost/grpc.health.v1.Health/Check";
    let grpc = sender
        .send_request(request("POST", check, &headers, vec![0; 5]))
        .await
        .unwrap();
    let body = grpc.into_body().collect().await.unwrap();
    assert_eq!(body.trailers().unwrap()["grpc-status"], "0");
    assert_eq!(&body.to_bytes()[5..], [8, 1], "SERVING");
}

#[tokio::test]
async fn another_certificate_is_for_those_who_come_and_those_who_are_there_stay() {
    let (old, new) = (Certificate::new(), Certificate::new());
    let tls = old.tls();
    let server = serving(&tls, Limits::default()).await;
    let mut standing = http1_over(connect(server.address, &old, &[]).await.unwrap()).await;
    assert_eq!(standing.send_request(healthz()).await.unwrap().status(), 200);

    tls.replace(new.pem.as_bytes(), new.key.as_bytes()).unwrap();
    standing.ready().await.unwrap();
    assert_eq!(standing.send_request(healthz()).await.unwrap().status(), 200);
    assert!(connect(server.address, &old, &[]).await.is_err());
    let mut next = http1_over(connect(server.address, &new, &[]).await.unwrap()).await;
    assert_eq!(next.send_request(healthz()).await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_pair_that_cannot_be_used_changes_nothing_and_is_named() {
    let (good, other) = (Certificate::new(), Certificate::new());
    let tls = good.tls();
    let server = serving(&tls, Limits::default()).await;
    let empty = "";
    let garbled = "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n";
    let [certificate, key] = [&*good.pem, &*good.key];
    for (certificate, key, expected) in [
        (empty, key, "the certificate is not PEM"),
        (garbled, key, "the certificate is not PEM"),
        (key, key, "the certificate is not PEM"),
        (certificate, empty, "the key is not PEM"),
        (certificate, certificate, "the key is not PEM"),
        (certificate, &*other.key, "do not belong together"),
    ] {
        let error: TlsError = tls.replace(certificate.as_bytes(), key.as_bytes()).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
        assert!(Tls::new(certificate.as_bytes(), key.as_bytes()).is_err());
    }
    assert!(connect(server.address, &good, &[]).await.is_ok());
}

#[tokio::test]
async fn who_does_not_speak_tls_or_never_finishes_to_greet_is_let_go() {
    let certificate = Certificate::new();
    let limits = Limits {
        header_read_timeout: Duration::from_millis(100),
        ..Limits::default()
    };
    let server = serving(&certificate.tls(), limits).await;
    for sent in [
        &b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n"[..],
        b"",
        b"\x16\x03\x01\x02",
    ] {
        let mut socket = TcpStream::connect(server.address).await.unwrap();
        socket.write_all(sent).await.unwrap();
        let mut answer = Vec::new();
        // Whether it ends in order or is reset is the system's affair.
        let _ = timeout(PATIENCE, socket.read_to_end(&mut answer))
            .await
            .expect("it is let go");
        assert!(!answer.starts_with(b"HTTP"), "it is answered in clear");
    }
}

#[tokio::test]
async fn a_drain_does_not_wait_for_greetings_without_end() {
    let certificate = Certificate::new();
    let limits = Limits {
        header_read_timeout: Duration::from_millis(100),
        ..Limits::default()
    };
    let server = serving(&certificate.tls(), limits).await;
    let silent = TcpStream::connect(server.address).await.unwrap();
    assert!(connect(server.address, &certificate, &[]).await.is_ok());
    server.stop();
    server.ended(PATIENCE).await;
    drop(silent);
}

#[tokio::test]
async fn without_a_certificate_connections_are_in_clear() {
    let server = Server::start().await;
    assert!(connect(server.address, &Certificate::new(), &[]).await.is_err());
    let answer = http1(server.address, request("GET", "/healthz", &[], "")).await;
    assert_eq!(answer.status, 200);
}
