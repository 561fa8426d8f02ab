//! `[server]`: where it listens, and its limits.

use std::{net::SocketAddr, time::Duration};

use serde::Deserialize;

use super::{duration, problem::Problems};

/// The section as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawServer {
    listen: String,
    public_url: Option<String>,
    docs: Option<bool>,
    body_size_max: u64,
    request_timeout: String,
    drain_delay: String,
    shutdown_grace: String,
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
    /// The most bytes of a body.
    pub(crate) body_size_max: usize,
    /// How long a call may take.
    pub(crate) request_timeout: Duration,
    /// From the signal to stop to refusing connections.
    pub(crate) drain_delay: Duration,
    /// How long calls and messages in flight may take after that.
    pub(crate) shutdown_grace: Duration,
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
        match (
            listen,
            body_size_max,
            request_timeout,
            drain_delay,
            shutdown_grace,
        ) {
            (
                Some(listen),
                Some(body_size_max),
                Some(request_timeout),
                Some(drain_delay),
                Some(shutdown_grace),
            ) if problems.is_empty() => Ok(Self {
                listen,
                public_url: public_url.flatten(),
                docs: raw.docs,
                body_size_max,
                request_timeout,
                drain_delay,
                shutdown_grace,
            }),
            _ => Err(problems),
        }
    }
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
