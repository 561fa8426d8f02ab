//! `[server.cors]`: which pages may call.

use std::time::Duration;

use http::{HeaderValue, Uri};
use ringtrue_api::{Cors, Origins};
use serde::Deserialize;

use super::{duration, problem::Problems};

/// The section as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawCors {
    origins: String,
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

/// `any`, `none`, or origins with spaces between them.
fn origins(text: &str) -> Result<Origins, &'static str> {
    match text.trim() {
        "any" => Ok(Origins::Any),
        "none" => Ok(Origins::Only(Vec::new())),
        "" => Err(PROBLEM),
        listed => {
            let origins = listed.split_ascii_whitespace().map(origin);
            origins.collect::<Option<_>>().map(Origins::Only).ok_or(PROBLEM)
        }
    }
}

const PROBLEM: &str = "is any, none, or origins as browsers write them, with spaces between them: https://app.example.com http://localhost:3000";

/// A scheme, a host in small letters, and a port if it is not the scheme's: nothing else is ever equal to what a browser
/// sends.
fn origin(text: &str) -> Option<HeaderValue> {
    let uri: Uri = text.parse().ok()?;
    let (scheme, authority) = (uri.scheme_str()?, uri.authority()?);
    let default_port = match scheme {
        "http" => 80,
        "https" => 443,
        _ => return None,
    };
    let plain = text.to_ascii_lowercase() == format!("{scheme}://{authority}")
        && text == text.to_ascii_lowercase()
        && !authority.as_str().contains('@')
        && authority.port_u16() != Some(default_port);
    plain.then(|| HeaderValue::from_str(text).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_any_none_or_as_browsers_write_them() {
        assert_eq!(origins("any"), Ok(Origins::Any));
        assert_eq!(origins("none"), Ok(Origins::Only(Vec::new())));
        let two = origins("https://app.example.com  http://localhost:3000");
        let values = ["https://app.example.com", "http://localhost:3000"].map(HeaderValue::from_static);
        assert_eq!(two, Ok(Origins::Only(values.to_vec())));
        for wrong in [
            "",
            "*",
            "app.example.com",
            "https://app.example.com/",
            "https://App.example.com",
            "https://app.example.com:443",
            "ftp://app.example.com",
            "https://ada@app.example.com",
            "https://a.example.com,https://b.example.com",
            "any https://app.example.com",
        ] {
            assert_eq!(origins(wrong), Err(PROBLEM), "{wrong}");
        }
    }
}
