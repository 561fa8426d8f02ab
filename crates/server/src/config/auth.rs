//! `[auth]`: the token to begin with, and whose tokens are taken besides our own.

use std::path::PathBuf;

use ringtrue_core::token::AccessToken;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;

use super::{
    issuer::{RawIssuer, TrustedIssuer, trusted},
    problem::Problems,
    secret::SecretOrFile,
};

/// Characters from which on nobody guesses a random token.
const UNGUESSABLE_LEN: usize = 16;

/// The section as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawAuth {
    bootstrap_token: Option<SecretString>,
    bootstrap_token_file: Option<PathBuf>,
    tokens_cached: bool,
    #[serde(default)]
    issuers: Vec<RawIssuer>,
}

/// The section, checked.
#[derive(Debug, Clone)]
pub(crate) struct AuthConfig {
    /// A token that is granted `IAM_OWNER`.
    pub(crate) bootstrap_token: Option<AccessToken>,
    /// Whether a token that was looked up is believed for a while.
    pub(crate) tokens_cached: bool,
    /// Whose tokens are taken.
    pub(crate) issuers: Vec<TrustedIssuer>,
}

impl TryFrom<RawAuth> for AuthConfig {
    type Error = Problems;

    fn try_from(raw: RawAuth) -> Result<Self, Problems> {
        let mut problems = Problems::default();
        let token = SecretOrFile {
            value: raw.bootstrap_token,
            file: raw.bootstrap_token_file,
        };
        let token = token.resolve("auth.bootstrap_token", &mut problems);
        let checked = token.and_then(|token| problems.check("auth.bootstrap_token", usable(&token)));
        let issuers = trusted(raw.issuers, &mut problems);
        if problems.is_empty() {
            Ok(Self {
                bootstrap_token: checked,
                tokens_cached: raw.tokens_cached,
                issuers,
            })
        } else {
            Err(problems)
        }
    }
}

impl AuthConfig {
    /// Whether the token could be guessed, since only its length keeps it from being.
    pub(crate) fn bootstrap_token_is_short(&self) -> bool {
        self.bootstrap_token
            .as_ref()
            .is_some_and(|token| token.reveal().len() < UNGUESSABLE_LEN)
    }
}

/// A token goes into a header.
fn usable(token: &SecretString) -> Result<AccessToken, &'static str> {
    let text = token.expose_secret();
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err("is visible ASCII characters without spaces; `openssl rand -base64 32` makes a good one");
    }
    Ok(AccessToken::new(text))
}
