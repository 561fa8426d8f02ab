//! `[[keys]]`: the ring for codes and messages.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use ringtrue_core::keys::Key;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::{problem::Problems, secret::SecretOrFile};

/// One key as written.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawKey {
    id: Option<String>,
    secret: Option<SecretString>,
    secret_file: Option<PathBuf>,
}

/// One key, checked.
#[derive(Clone)]
pub(crate) struct KeyConfig {
    id: String,
    secret: Zeroizing<[u8; 32]>,
}

impl KeyConfig {
    /// A key of the ring.
    pub(crate) fn key(&self) -> Key {
        Key::new(&self.id, *self.secret)
    }
}

impl std::fmt::Debug for KeyConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "KeyConfig({})", self.id)
    }
}

impl TryFrom<super::Listed<RawKey>> for super::Keys {
    type Error = Problems;

    fn try_from(raw: super::Listed<RawKey>) -> Result<Self, Problems> {
        let mut problems = Problems::default();
        let mut keys = Vec::new();
        let mut ids = BTreeSet::new();
        for (at, raw) in raw.0.into_iter().enumerate() {
            let path = format!("keys[{at}]");
            let id = raw.id.filter(|id| !id.trim().is_empty()).ok_or("is missing");
            let id = problems.check(&format!("{path}.id"), id);
            if let Some(id) = &id
                && !ids.insert(id.clone())
            {
                problems.add(format!("{path}.id"), "stands twice in the ring; ids are unique");
            }
            let secret_path = format!("{path}.secret");
            if raw.secret.is_none() && raw.secret_file.is_none() {
                problems.add(&*secret_path, "is missing; `openssl rand -base64 32` makes one");
            }
            let secret = SecretOrFile {
                value: raw.secret,
                file: raw.secret_file,
            };
            let secret = secret.resolve(&secret_path, &mut problems);
            let secret = secret.and_then(|secret| problems.check(&secret_path, bytes(&secret)));
            if let (Some(id), Some(secret)) = (id, secret) {
                keys.push(KeyConfig { id, secret });
            }
        }
        if problems.is_empty() {
            Ok(Self(keys))
        } else {
            Err(problems)
        }
    }
}

/// The keys of a file that holds nothing else.
pub(crate) fn keys_file(path: &Path) -> Result<Vec<KeyConfig>, Problems> {
    let mut problems = Problems::default();
    let name = path.display();
    let read = config::Config::builder()
        .add_source(config::File::from(path).format(config::FileFormat::Toml))
        .build();
    let raw = read.and_then(|read| read.get::<super::Listed<RawKey>>("keys"));
    // The parser quotes the line, in which a secret stands.
    let Ok(raw) = raw else {
        problems.add(
            name.to_string(),
            "is no list of [[keys]], each with an id and a secret",
        );
        return Err(problems);
    };
    let keys = super::Keys::try_from(raw).map_err(|found| {
        problems.add(name.to_string(), found);
        problems.clone()
    })?;
    if keys.0.is_empty() {
        problems.add(name.to_string(), "holds no key");
        return Err(problems);
    }
    Ok(keys.0)
}

fn bytes(secret: &SecretString) -> Result<Zeroizing<[u8; 32]>, &'static str> {
    const PROBLEM: &str = "is 32 bytes in base64; `openssl rand -base64 32` makes one";
    let decoded = STANDARD.decode(secret.expose_secret()).map(Zeroizing::new);
    let decoded = decoded.map_err(|_| PROBLEM)?;
    let mut bytes = Zeroizing::new([0; 32]);
    if decoded.len() != bytes.len() {
        return Err(PROBLEM);
    }
    bytes.copy_from_slice(&decoded);
    Ok(bytes)
}
