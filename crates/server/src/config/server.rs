//! `[server]`: where it listens, and its limits.

use std::{
    net::{IpAddr, SocketAddr},
    num::NonZeroUsize,
    path::PathBuf,
    time::Duration,
};

use ipnet::IpNet;
use ringtrue_api::{Cors, ForwardedHeader, TrustedProxies};
use serde::Deserialize;

use super::{
    cors::RawCors,
    duration,
    problem::{Problems, choice},
    texts::Texts,
};
use crate::certificate::{CertificateFiles, FileProblem};

/// The section as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawServer {
    listen: String,
    public_url: Option<String>,
    docs: Option<bool>,
    worker_threads: Option<u64>,
    tls: Option<RawTls>,
    trusted_proxies: Option<Texts>,
    forwarded_header: String,
    body_size_max: u64,
    request_timeout: String,
    drain_delay: String,
    shutdown_grace: String,
    cors: RawCors,
}

/// The files as written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawTls {
    certificate: Option<PathBuf>,
    key: Option<PathBuf>,
}

/// The section, checked.
#[derive(Debug, Clone)]
pub(crate) struct ServerConfig {
    /// The address to listen on.
    pub(crate) listen: SocketAddr,
    /// How clients reach it, without a slash at the end.
    pub(crate) public_url: Option<String>,
    /// Whether the reference is served; if not said, when messages are captured.
    pub(crate) docs: Option<bool>,
    /// How many threads carry calls out; if not said, as many as there are cores.
    pub(crate) worker_threads: Option<NonZeroUsize>,
    /// Where the certificate is; `None`: connections are in clear.
    pub(crate) tls: Option<CertificateFiles>,
    /// Whose word is taken for where requests come from.
    pub(crate) trusted_proxies: TrustedProxies,
    /// The most bytes of a body.
    pub(crate) body_size_max: usize,
    /// How long a call may take.
    pub(crate) request_timeout: Duration,
    /// From the signal to stop to refusing connections.
    pub(crate) drain_delay: Duration,
    /// How long calls and messages in flight may take after that.
    pub(crate) shutdown_grace: Duration,
    /// Which pages may call.
    pub(crate) cors: Cors,
}

impl TryFrom<RawServer> for ServerConfig {
    type Error = Problems;

    fn try_from(raw: RawServer) -> Result<Self, Problems> {
        let mut problems = Problems::default();
        let listen = raw.listen.parse::<SocketAddr>();
        let listen = listen.map_err(|_| "is an IP address and a port, such as 127.0.0.1:8080 or [::]:8080");
        let listen = problems.check("server.listen", listen);
        let public_url = raw
            .public_url
            .map(|url| problems.check("server.public_url", http_url(&url)));
        let worker_threads = raw
            .worker_threads
            .and_then(|threads| problems.check("server.worker_threads", worker_threads(threads)));
        let tls = raw.tls.and_then(|files| tls(files, &mut problems));
        let trusted_proxies = proxies(
            raw.trusted_proxies.unwrap_or_default(),
            &raw.forwarded_header,
            &mut problems,
        );
        let body_size_max = problems.check("server.body_size_max", body_size(raw.body_size_max));
        let request_timeout = duration::parse_between(
            &raw.request_timeout,
            Duration::from_millis(100),
            Duration::from_mins(5),
        );
        let request_timeout = problems.check("server.request_timeout", request_timeout);
        let delay = duration::parse_between(&raw.drain_delay, Duration::ZERO, Duration::from_mins(5));
        let drain_delay = problems.check("server.drain_delay", delay);
        let grace = duration::parse_between(
            &raw.shutdown_grace,
            Duration::from_secs(1),
            Duration::from_mins(10),
        );
        let shutdown_grace = problems.check("server.shutdown_grace", grace);
        let cors = raw.cors.checked(&mut problems);
        match (
            listen,
            body_size_max,
            request_timeout,
            drain_delay,
            shutdown_grace,
            cors,
        ) {
            (
                Some(listen),
                Some(body_size_max),
                Some(request_timeout),
                Some(drain_delay),
                Some(shutdown_grace),
                Some(cors),
            ) if problems.is_empty() => Ok(Self {
                listen,
                public_url: public_url.flatten(),
                docs: raw.docs,
                worker_threads,
                tls,
                trusted_proxies,
                body_size_max,
                request_timeout,
                drain_delay,
                shutdown_grace,
                cors,
            }),
            _ => Err(problems),
        }
    }
}

/// Both files, which have to be there and fit.
fn tls(raw: RawTls, problems: &mut Problems) -> Option<CertificateFiles> {
    const CERTIFICATE: &str = "server.tls.certificate";
    const KEY: &str = "server.tls.key";
    let files = match (raw.certificate, raw.key) {
        (Some(certificate), Some(key)) => CertificateFiles { certificate, key },
        (Some(_), None) => {
            problems.add(KEY, "is missing; it goes with server.tls.certificate");
            return None;
        }
        (None, Some(_)) => {
            problems.add(CERTIFICATE, "is missing; it goes with server.tls.key");
            return None;
        }
        (None, None) => return None,
    };
    match files.read().and_then(|pair| pair.tls()) {
        Ok(_) => {}
        Err(FileProblem::Certificate(text)) => problems.add(CERTIFICATE, text),
        Err(FileProblem::Key(text)) => problems.add(KEY, text),
    }
    Some(files)
}

fn proxies(Texts(written): Texts, header: &str, problems: &mut Problems) -> TrustedProxies {
    let network = |text: &String| {
        let network = text.parse::<IpNet>().ok();
        let network = network.or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from));
        network.ok_or_else(|| {
            format!("lists networks and addresses, such as 10.0.0.0/8 and 2001:db8::1, not {text:?}")
        })
    };
    let networks = written.iter().map(network).collect::<Result<Vec<_>, _>>();
    let networks = problems.check("server.trusted_proxies", networks);
    let headers = [
        ("x-forwarded-for", ForwardedHeader::XForwardedFor),
        ("forwarded", ForwardedHeader::Forwarded),
    ];
    let header = problems.check("server.forwarded_header", choice(header, &headers));
    TrustedProxies::new(networks.unwrap_or_default(), header.unwrap_or_default())
}

fn worker_threads(threads: u64) -> Result<NonZeroUsize, &'static str> {
    let threads = usize::try_from(threads).ok().filter(|threads| *threads <= 1_024);
    threads.and_then(NonZeroUsize::new).ok_or("is 1 to 1024")
}

fn body_size(bytes: u64) -> Result<usize, &'static str> {
    match usize::try_from(bytes) {
        Ok(size) if (1_024..=16_777_216).contains(&size) => Ok(size),
        _ => Err("is 1024 to 16777216 bytes"),
    }
}

/// An absolute URL to build on: a scheme, a host, perhaps a path, no query.
fn http_url(text: &str) -> Result<String, &'static str> {
    const PROBLEM: &str = "is a URL such as https://phone.example.com, without a query";
    let uri: http::Uri = text.parse().map_err(|_| PROBLEM)?;
    let http = matches!(uri.scheme_str(), Some("http" | "https"));
    if !http || uri.host().is_none_or(str::is_empty) || uri.query().is_some() {
        return Err(PROBLEM);
    }
    Ok(text.trim_end_matches('/').to_owned())
}
