//! `[server.cors]`: which pages may call.

use std::{net::Ipv6Addr, time::Duration};

use http::{HeaderValue, Uri};
use ringtrue_api::{Cors, Origins};
use serde::Deserialize;

use super::{duration, problem::Problems, texts::Texts};

/// The section as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawCors {
    origins: Texts,
    credentials: bool,
    max_age: String,
}

impl RawCors {
    pub(super) fn checked(self, problems: &mut Problems) -> Option<Cors> {
        let origins = problems.check("server.cors.origins", origins(&self.origins));
        let max_age = duration::parse_between(&self.max_age, Duration::ZERO, Duration::from_hours(24));
        let max_age = problems.check("server.cors.max_age", max_age);
        Some(Cors {
            origins: origins?,
            credentials: self.credentials,
            max_age: max_age?,
        })
    }
}

/// `any`, `none`, or origins; spaces may stand between them as commas do.
fn origins(Texts(written): &Texts) -> Result<Origins, &'static str> {
    let words: Vec<&str> = written
        .iter()
        .flat_map(|text| text.split_ascii_whitespace())
        .collect();
    match *words {
        ["any"] => Ok(Origins::Any),
        ["none"] => Ok(Origins::Only(Vec::new())),
        [] => Err(PROBLEM),
        _ => {
            let origins = words.into_iter().map(origin);
            origins.collect::<Option<_>>().map(Origins::Only).ok_or(PROBLEM)
        }
    }
}

const PROBLEM: &str = "is any, none, or origins as browsers write them, with commas between them and without wildcards: https://app.example.com, http://localhost:3000";

/// A scheme, a host in small letters, and a port if it is not the scheme's: nothing else is ever equal to what a browser
/// sends.
fn origin(text: &str) -> Option<HeaderValue> {
    let uri: Uri = text.parse().ok()?;
    let (scheme, host) = (uri.scheme_str()?, uri.host()?);
    let default_port = match scheme {
        "http" => 80,
        "https" => 443,
        _ => return None,
    };
    let port = uri.port_u16().filter(|port| *port != default_port);
    let port = port.map_or(String::new(), |port| format!(":{port}"));
    let matches = is_host(host) && text == format!("{scheme}://{host}{port}");
    matches.then(|| HeaderValue::from_str(text).ok())?
}

/// A name, an IPv4 address, or an IPv6 address in brackets, at its shortest.
fn is_host(host: &str) -> bool {
    if let Some(address) = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        let parsed = address.parse::<Ipv6Addr>();
        return parsed.is_ok_and(|parsed| parsed.to_string() == address);
    }
    // No name that is registered has an underscore, but those of containers may.
    let of_names = |c| matches!(c, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' | b'_');
    !host.is_empty() && host.bytes().all(of_names)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn origins_are_any_none_or_as_browsers_write_them() {
        let origins = |json: Value| origins(&serde_json::from_value(json).unwrap());
        assert_eq!(origins(json!("any")), Ok(Origins::Any));
        assert_eq!(origins(json!("none")), Ok(Origins::Only(Vec::new())));
        let values = ["https://app.example.com", "http://localhost:3000"].map(HeaderValue::from_static);
        for two in [
            json!("https://app.example.com  http://localhost:3000"),
            json!("https://app.example.com,http://localhost:3000"),
            json!("https://app.example.com, http://localhost:3000"),
            json!(["https://app.example.com", "http://localhost:3000"]),
        ] {
            assert_eq!(origins(two.clone()), Ok(Origins::Only(values.to_vec())), "{two}");
        }
        for right in [
            "http://127.0.0.1:3000",
            "http://[::1]:3000",
            "https://xn--bcher-kva.example",
            "http://web_app",
        ] {
            let value = HeaderValue::from_static(right);
            assert_eq!(origins(json!(right)), Ok(Origins::Only(vec![value])), "{right}");
        }
        for wrong in [
            "",
            ",",
            "*",
            "app.example.com",
            "https://app.example.com/",
            "https://App.example.com",
            "https://app.example.com:443",
            "ftp://app.example.com",
            "https://ada@app.example.com",
            "https://*.example.com",
            "https://a.example.com;https://b.example.com",
            "https://app.example.com:",
            "http://localhost:03000",
            "https://:3000",
            "http://[0:0:0:0:0:0:0:1]",
            "http://[::g]",
            "any https://app.example.com",
            "any, none",
        ] {
            assert_eq!(origins(json!(wrong)), Err(PROBLEM), "{wrong}");
        }
        assert_eq!(origins(json!([])), Err(PROBLEM));
        // A comma in a list's member is the member's own.
        let joined = "https://a.example.com,https://b.example.com";
        assert_eq!(origins(json!([joined])), Err(PROBLEM));
    }
}
