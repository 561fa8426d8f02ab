//! Calling other people's servers, in one way for all adapters.
//!
//! A client follows no redirect, because that would show credentials to a stranger; it takes no proxy from the environment,
//! because what is configured is in the configuration; and it reads no more of an answer than the caller expects.

use std::{error::Error, net::Ipv4Addr, time::Duration};

use reqwest::{Client, Response, Url, redirect};

/// Shorter than servers keep idle connections: a request on one that is being closed is lost without an answer.
const IDLE_CONNECTION_MAX: Duration = Duration::from_secs(15);

/// How long a call may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// For finding the address, connecting and TLS.
    pub connect: Duration,
    /// For everything, from the first look-up to the last byte of the answer. Longer than `connect`.
    pub total: Duration,
}

impl Default for Timeouts {
    /// 3 s to connect, 10 s in all.
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(3),
            total: Duration::from_secs(10),
        }
    }
}

/// A client for the server at `url`; nothing is sent yet.
pub fn client(url: &Url, timeouts: Timeouts) -> Result<Client, reqwest::Error> {
    let mut client = Client::builder()
        .user_agent(concat!("ringtrue/", env!("CARGO_PKG_VERSION")))
        .redirect(redirect::Policy::none())
        .no_proxy()
        .connect_timeout(timeouts.connect)
        .timeout(timeouts.total)
        .pool_idle_timeout(IDLE_CONNECTION_MAX)
        .tcp_nodelay(true);
    if url.scheme() == "http" {
        // Nothing will be verified, so the machine's certificates need not be there.
        client = client.tls_certs_only([]);
    }
    client.build()
}

/// Reads the body of an answer, unless it breaks off or is longer than `len_max` bytes.
pub async fn read(mut response: Response, len_max: usize) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.ok()? {
        if body.len() + chunk.len() > len_max {
            return None;
        }
        body.extend_from_slice(&chunk);
    }
    Some(body)
}

/// Reads an address that can be called: `http` or `https`, a host, and neither user nor password, which logs and
/// `config show` would tell.
#[must_use]
pub fn address(text: &str) -> Option<Url> {
    Url::parse(text).ok().filter(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
    })
}

/// Reads an address that others are made of: an [`address`] that ends with its path.
#[must_use]
pub fn base_address(text: &str) -> Option<Url> {
    address(text).filter(|url| url.query().is_none() && url.fragment().is_none())
}

/// Whether others could listen to what is said to the server at `url`.
#[must_use]
pub fn is_in_clear(url: &Url) -> bool {
    url.scheme() == "http" && !is_loopback(url)
}

fn is_loopback(url: &Url) -> bool {
    match url.host_str() {
        Some("localhost" | "[::1]") => true,
        Some(host) => host.parse().is_ok_and(|ip: Ipv4Addr| ip.is_loopback()),
        None => false,
    }
}

/// What went wrong with a request and why, in one line, without the address: that may hold credentials.
#[must_use]
pub fn chain(error: reqwest::Error) -> String {
    let error = error.without_url();
    let causes = std::iter::successors(Some(&error as &(dyn Error + 'static)), |&error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_host_and_no_credentials_and_one_to_build_on_ends_with_its_path() {
        for good in ["https://example.com", "http://127.0.0.1:9/a/b/"] {
            assert!(address(good).is_some() && base_address(good).is_some(), "{good}");
        }
        for longer in ["https://example.com/keys?p=b2c", "https://example.com/#a"] {
            assert!(address(longer).is_some(), "{longer}");
            assert_eq!(base_address(longer), None, "{longer}");
        }
        for bad in [
            "",
            "example.com",
            "ftp://example.com",
            "https://",
            "https://me@example.com",
            "https://me:pw@example.com",
            "https://:pw@example.com",
        ] {
            assert_eq!(address(bad), None, "{bad}");
        }
    }

    #[test]
    fn only_this_machine_is_spoken_to_in_clear_without_others_listening() {
        for (url, in_clear) in [
            ("https://login.example.com", false),
            ("http://127.0.0.1:8080", false),
            ("http://[::1]:8080/path", false),
            ("http://localhost", false),
            ("http://login.example.com", true),
            ("http://localhost.example.com", true),
            ("http://10.0.0.1", true),
        ] {
            assert_eq!(is_in_clear(&Url::parse(url).unwrap()), in_clear, "{url}");
        }
    }
}
