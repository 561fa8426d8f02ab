//! `[[auth.issuers]]`: whose tokens are taken.

use std::{path::PathBuf, time::Duration};

use ringtrue_core::access::Role;
use ringtrue_oidc::{
    Audiences, IntrospectionConfig, IssuerConfig, RoleRules, SignatureAlgorithm, endpoint_url, issuer_url,
};
use secrecy::SecretString;
use serde::Deserialize;

use super::{duration, problem::Problems, reference, secret::SecretOrFile, texts::Texts};

/// One issuer as written.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawIssuer {
    issuer: Option<String>,
    audience: Option<Texts>,
    algorithms: Option<Texts>,
    roles_claim: Option<String>,
    organization_claim: Option<String>,
    roles: Option<Texts>,
    clock_skew: Option<String>,
    keys_lifetime: Option<String>,
    client_id: Option<String>,
    client_secret: Option<SecretString>,
    client_secret_file: Option<PathBuf>,
    introspection_endpoint: Option<String>,
    introspection_lifetime: Option<String>,
}

/// An issuer, checked.
#[derive(Debug, Clone)]
pub(crate) struct TrustedIssuer {
    /// How its JWTs are checked.
    pub(crate) config: IssuerConfig,
    /// How its opaque tokens are; `None`: it has none.
    pub(crate) opaque: Option<OpaqueTokens>,
}

/// How an issuer is asked about opaque tokens.
#[derive(Debug, Clone)]
pub(crate) struct OpaqueTokens {
    /// As whom, and where.
    pub(crate) access: IntrospectionConfig,
    /// How long an answer is believed.
    pub(crate) lifetime: Duration,
}

/// Checks all issuers.
pub(super) fn trusted(written: Vec<RawIssuer>, problems: &mut Problems) -> Vec<TrustedIssuer> {
    let mut trusted: Vec<TrustedIssuer> = Vec::new();
    for (at, raw) in written.into_iter().enumerate() {
        let path = format!("auth.issuers[{at}]");
        let Some(issuer) = (Issuer {
            path: &path,
            problems,
        })
        .check(raw) else {
            continue;
        };
        if trusted
            .iter()
            .any(|known| known.config.issuer == issuer.config.issuer)
        {
            problems.add(format!("{path}.issuer"), "stands twice");
        }
        if issuer.opaque.is_some() && trusted.iter().any(|known| known.opaque.is_some()) {
            problems.add(
                format!("{path}.client_id"),
                "stands in another issuer too; an opaque token does not say whom to ask, so one issuer has it",
            );
        }
        trusted.push(issuer);
    }
    trusted
}

struct Issuer<'a> {
    path: &'a str,
    problems: &'a mut Problems,
}

impl Issuer<'_> {
    fn check(mut self, raw: RawIssuer) -> Option<TrustedIssuer> {
        let issuer = raw.issuer.unwrap_or_default();
        let url = self.note("issuer", issuer_url(&issuer).map(drop));
        let audiences = Audiences::new(raw.audience.unwrap_or_default().0);
        let audiences = self.note("audience", audiences);
        let algorithms = self.note("algorithms", algorithms(raw.algorithms));
        let roles = self.note("roles", roles(raw.roles.unwrap_or_default()));
        let clock_skew = self.length("clock_skew", raw.clock_skew, 0..=300);
        let keys_lifetime = self.length("keys_lifetime", raw.keys_lifetime, 60..=86_400);
        let lifetime = self.length("introspection_lifetime", raw.introspection_lifetime, 1..=300);

        let secret = SecretOrFile {
            value: raw.client_secret,
            file: raw.client_secret_file,
        };
        let secret_path = format!("{}.client_secret", self.path);
        let configured = secret.is_configured();
        let secret = secret.resolve(&secret_path, self.problems);
        match (&raw.client_id, configured) {
            (Some(_), false) => self
                .problems
                .add(secret_path, "is missing; it goes with client_id"),
            (None, true) => self.add("client_id", "is missing; it goes with client_secret"),
            (Some(id), true) if id.is_empty() => self.add("client_id", "is empty"),
            (None, false) if raw.introspection_endpoint.is_some() => {
                self.add("client_id", "is missing; it goes with introspection_endpoint");
            }
            _ => {}
        }
        if let Some(endpoint) = &raw.introspection_endpoint {
            self.note("introspection_endpoint", endpoint_url(endpoint));
        }
        let opaque = raw.client_id.zip(secret).zip(lifetime);
        let opaque = opaque.map(|((client_id, client_secret), lifetime)| OpaqueTokens {
            access: IntrospectionConfig {
                client_id,
                client_secret,
                endpoint: raw.introspection_endpoint,
            },
            lifetime,
        });
        url?;
        Some(TrustedIssuer {
            config: IssuerConfig {
                issuer,
                audiences: audiences?,
                algorithms: algorithms?,
                roles: RoleRules {
                    roles_claim: or_default("roles_claim", raw.roles_claim),
                    organization_claim: or_default("organization_claim", raw.organization_claim),
                    roles: roles?,
                },
                clock_skew: clock_skew?,
                keys_lifetime: keys_lifetime?,
            },
            opaque,
        })
    }

    fn add(&mut self, key: &str, text: &str) {
        self.problems.add(format!("{}.{key}", self.path), text);
    }

    fn note<T, E: std::fmt::Display>(&mut self, key: &str, checked: Result<T, E>) -> Option<T> {
        self.problems.check(&format!("{}.{key}", self.path), checked)
    }

    fn length(
        &mut self,
        key: &str,
        written: Option<String>,
        seconds: std::ops::RangeInclusive<u64>,
    ) -> Option<Duration> {
        let [min, max] = [*seconds.start(), *seconds.end()].map(Duration::from_secs);
        let text = or_default(key, written);
        self.note(key, duration::parse_between(&text, min, max))
    }
}

/// What is written, else what the reference says.
fn or_default(key: &str, written: Option<String>) -> String {
    let default = || {
        reference::find(&format!("auth.issuers[].{key}"))?
            .fallback
            .value()
    };
    written.unwrap_or_else(|| default().unwrap_or_default().to_owned())
}

fn algorithms(written: Option<Texts>) -> Result<Vec<SignatureAlgorithm>, String> {
    let names = SignatureAlgorithm::NAMES;
    let Some(Texts(chosen)) = written else {
        return Ok(names.into_iter().filter_map(SignatureAlgorithm::find).collect());
    };
    let found: Option<Vec<_>> = chosen.iter().map(|name| SignatureAlgorithm::find(name)).collect();
    let found = found.filter(|algorithms| !algorithms.is_empty());
    found.ok_or_else(|| {
        format!(
            "lists algorithms with public keys: {}; HS256 and its like would let everybody who can check a token make one",
            names.join(", ")
        )
    })
}

fn roles(Texts(written): Texts) -> Result<Vec<(String, Role)>, String> {
    let role = |text: &String| {
        let wrong =
            || format!("lists what roles are here, such as \"phone-manager=ORG_USER_MANAGER\", not {text:?}");
        let (name, role) = text.rsplit_once('=').ok_or_else(wrong)?;
        let role = role
            .trim()
            .parse::<Role>()
            .map_err(|error| format!("has {text:?}; {error}"))?;
        let name = name.trim();
        if name.is_empty() {
            return Err(wrong());
        }
        Ok((name.to_owned(), role))
    };
    written.iter().map(role).collect()
}
