//! Which issuer is trusted, and with what.

use std::{fmt, time::Duration};

use jsonwebtoken::Algorithm;
use reqwest::Url;
use ringtrue_outbound as outbound;

use crate::roles::RoleRules;

/// A trusted issuer.
#[derive(Debug, Clone)]
pub struct IssuerConfig {
    /// Its name: exactly what tokens have in `iss`, and where its discovery document is found.
    pub issuer: String,
    /// Whom tokens must be meant for.
    pub audiences: Audiences,
    /// What tokens may be signed with.
    pub algorithms: Vec<SignatureAlgorithm>,
    /// What roles tokens give.
    pub roles: RoleRules,
    /// By how much the issuer's clock may differ from ours.
    pub clock_skew: Duration,
    /// After how long its keys are fetched again.
    pub keys_lifetime: Duration,
}

/// Whom tokens must be meant for: one of these.
#[derive(Debug, Clone)]
pub struct Audiences(Vec<String>);

/// What is wrong with a setting of an issuer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IssuerProblem {
    /// No URL of an issuer.
    #[error(
        "is an https URL without user, query and fragment; http is for this machine alone, such as http://127.0.0.1:8080"
    )]
    Url,
    /// No URL of something that the issuer serves.
    #[error(
        "is an https URL without user; http is for this machine alone, such as http://127.0.0.1:8080/introspect"
    )]
    Endpoint,
    /// No audience.
    #[error("is missing; name what tokens for this service have in \"aud\"")]
    AudienceMissing,
}

impl Audiences {
    /// One audience at least: a token for anybody is a token for everybody's services.
    pub fn new(audiences: Vec<String>) -> Result<Self, IssuerProblem> {
        let empty = audiences.is_empty() || audiences.iter().any(String::is_empty);
        if empty {
            return Err(IssuerProblem::AudienceMissing);
        }
        Ok(Self(audiences))
    }

    pub(crate) fn contain(&self, audience: &str) -> bool {
        self.0.iter().any(|known| known == audience)
    }
}

/// A way to sign with a private key. Those with a shared secret are not among them: whoever can check such a signature can
/// make one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignatureAlgorithm(pub(crate) Algorithm);

impl SignatureAlgorithm {
    /// All of them, by their names in RFC 7518 and RFC 8037.
    pub const NAMES: [&str; 9] = [
        "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA",
    ];

    /// The algorithm of that name.
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        Self::NAMES.contains(&name).then(|| name.parse().ok().map(Self))?
    }
}

impl fmt::Display for SignatureAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// The URL that an issuer is called by (OpenID Connect Discovery 1.0 §3): nobody on the way may read or change what is said
/// there.
pub fn issuer_url(text: &str) -> Result<Url, IssuerProblem> {
    let url = outbound::base_address(text).filter(|url| !outbound::is_in_clear(url));
    url.ok_or(IssuerProblem::Url)
}

/// The URL of something that an issuer serves, which has to be as safe to reach, and may have a query.
pub fn endpoint_url(text: &str) -> Result<Url, IssuerProblem> {
    let url = outbound::address(text).filter(|url| !outbound::is_in_clear(url));
    url.ok_or(IssuerProblem::Endpoint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_algorithm_with_a_shared_secret_can_be_chosen() {
        for name in SignatureAlgorithm::NAMES {
            assert_eq!(SignatureAlgorithm::find(name).unwrap().to_string(), name);
        }
        for name in ["HS256", "HS384", "HS512", "none", "rs256", ""] {
            assert_eq!(SignatureAlgorithm::find(name), None, "{name}");
        }
    }

    #[test]
    fn an_issuer_is_reached_where_nobody_listens() {
        for good in [
            "https://login.example.com",
            "https://example.com/realms/a",
            "http://127.0.0.1:1",
        ] {
            assert!(issuer_url(good).is_ok() && endpoint_url(good).is_ok(), "{good}");
        }
        for endpoint in [
            "https://login.example.com/keys?p=b2c_1_sign_in",
            "http://[::1]:1/introspect?x=y",
        ] {
            assert_eq!(issuer_url(endpoint), Err(IssuerProblem::Url), "{endpoint}");
            assert!(endpoint_url(endpoint).is_ok(), "{endpoint}");
        }
        for bad in [
            "",
            "login.example.com",
            "http://login.example.com",
            "ftp://login.example.com",
            "https://me@login.example.com",
            "https://me:pw@login.example.com",
            "https://:pw@login.example.com",
        ] {
            assert_eq!(issuer_url(bad), Err(IssuerProblem::Url), "{bad}");
            assert_eq!(endpoint_url(bad), Err(IssuerProblem::Endpoint), "{bad}");
        }
        for bad in ["https://login.example.com?x=y", "https://login.example.com#x"] {
            assert_eq!(issuer_url(bad), Err(IssuerProblem::Url), "{bad}");
        }
    }
}
