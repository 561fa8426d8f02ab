//! `[auth]`: the token to begin with.

use std::path::PathBuf;

use ringtrue_core::token::AccessToken;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;

use super::{problem::Problems, secret::SecretOrFile};

/// The section as written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawAuth {
    bootstrap_token: Option<SecretString>,
    bootstrap_token_file: Option<PathBuf>,
}

/// The section, checked.
#[derive(Debug, Clone)]
pub(crate) struct AuthConfig {
    /// A token that is granted `IAM_OWNER`.
    pub(crate) bootstrap_token: Option<AccessToken>,
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
        if problems.is_empty() {
            Ok(Self {
                bootstrap_token: checked,
            })
        } else {
            Err(problems)
        }
    }
}

/// A token goes into a header, and only its length keeps it from being guessed.
fn usable(token: &SecretString) -> Result<AccessToken, &'static str> {
    let text = token.expose_secret();
    if text.len() < 16 || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err("has at least 16 visible ASCII characters; `openssl rand -base64 32` makes a good one");
    }
    Ok(AccessToken::new(text))
}
