//! What an operator sets: defaults, then a TOML file, then the environment; checked as a whole before anything starts.

mod auth;
mod code;
mod cors;
mod duration;
mod idempotency;
mod issuer;
mod keys;
mod organization;
mod phone;
mod problem;
pub(crate) mod reference;
mod secret;
mod server;
pub(crate) mod show;
mod sms;
mod source;
mod storage;
mod texts;
mod tree;

use std::path::Path;

use config::{Map, Value, ValueKind};
use ringtrue_core::code::CodePolicy;
use serde::de::DeserializeOwned;

pub(crate) use self::{
    auth::AuthConfig,
    duration::parse as parse_duration,
    idempotency::IdempotencyConfig,
    issuer::TrustedIssuer,
    keys::{KeyConfig, keys_file},
    organization::OrganizationConfig,
    phone::PhoneConfig,
    problem::Problems,
    server::ServerConfig,
    sms::{Delivery, SmsConfig},
    source::log_filter,
    storage::{StorageConfig, StorageUrl},
};

/// Everything, checked.
#[derive(Debug, Clone)]
pub(crate) struct Config {
    pub(crate) server: ServerConfig,
    pub(crate) storage: StorageConfig,
    pub(crate) auth: AuthConfig,
    pub(crate) organization: OrganizationConfig,
    pub(crate) phone: PhoneConfig,
    pub(crate) code: CodePolicy,
    pub(crate) idempotency: IdempotencyConfig,
    pub(crate) sms: SmsConfig,
    /// Empty: none is configured.
    pub(crate) keys: Vec<KeyConfig>,
}

/// `[code]`, checked.
struct Code(CodePolicy);
/// `[[keys]]`, checked.
struct Keys(Vec<KeyConfig>);
/// A list of tables as written.
#[derive(Debug, serde::Deserialize)]
#[serde(transparent)]
struct Listed<T>(Vec<T>);

impl Config {
    /// Reads all layers; `file` is the one that was named on the command line.
    pub(crate) fn load(file: Option<&Path>) -> Result<Self, Problems> {
        Self::from_layers(source::file(file).as_deref(), &source::environment())
    }

    fn from_layers(file: Option<&Path>, environment: &[(String, String)]) -> Result<Self, Problems> {
        let merged = source::merge(file, environment)?;
        let mut problems = Problems::default();
        let config = check(merged.clone(), &mut problems);
        if let Some(config) = config
            && problems.is_empty()
        {
            return Ok(config);
        }
        let leaves = tree::leaves(&merged);
        Err(problems.with_origins(|key| {
            let (_, value) = leaves.iter().find(|(path, _)| path == key)?;
            value.origin()?;
            Some(source::origin_of(value, file).into_owned())
        }))
    }
}

/// Checks everything, and notes every problem there is.
fn check(merged: Value, problems: &mut Problems) -> Option<Config> {
    let mut tree = tree::inspect(merged, problems);
    let server = section::<server::RawServer, ServerConfig>(&mut tree, "server", problems);
    let storage = section::<storage::RawStorage, StorageConfig>(&mut tree, "storage", problems);
    let auth = section::<auth::RawAuth, AuthConfig>(&mut tree, "auth", problems);
    let organization =
        section::<organization::RawOrganization, OrganizationConfig>(&mut tree, "organization", problems);
    let phone = section::<phone::RawPhone, PhoneConfig>(&mut tree, "phone", problems);
    let code = section::<code::RawCode, Code>(&mut tree, "code", problems);
    let idempotency =
        section::<idempotency::RawIdempotency, IdempotencyConfig>(&mut tree, "idempotency", problems);
    let sms = section::<sms::RawSms, SmsConfig>(&mut tree, "sms", problems);
    let keys = section::<Listed<keys::RawKey>, Keys>(&mut tree, "keys", problems);

    if let (Some(server), Some(sms)) = (&server, &sms)
        && matches!(sms.delivery, Delivery::Capture { explicit: false })
        && !server.listen.ip().is_loopback()
    {
        problems.add(
            "sms.delivery",
            "is missing, and others reach server.listen: say \"send\" and add a provider, \
             or say \"capture\" if whoever reaches the port may read the codes in its inbox",
        );
    }
    match storage.as_ref().map(|storage| &storage.url) {
        Some(StorageUrl::Postgres(_)) if keys.as_ref().is_some_and(|keys| keys.0.is_empty()) => problems.add(
            "keys",
            "is missing; PostgreSQL needs a [[keys]] with an id and a secret, the same for every replica: \
             `openssl rand -base64 32` makes a secret",
        ),
        Some(StorageUrl::Memory) if auth.as_ref().is_some_and(|auth| auth.bootstrap_token.is_none()) => {
            problems.add(
                "auth.bootstrap_token",
                "is missing; with storage.url = \"memory:\" there is no other way to have a token",
            );
        }
        _ => {}
    }
    Some(Config {
        server: server?,
        storage: storage?,
        auth: auth?,
        organization: organization?,
        phone: phone?,
        code: code?.0,
        idempotency: idempotency?,
        sms: sms?,
        keys: keys?.0,
    })
}

/// Takes a section out of the tree, as written and then checked.
fn section<Raw, Checked>(tree: &mut Value, name: &str, problems: &mut Problems) -> Option<Checked>
where
    Raw: DeserializeOwned,
    Checked: TryFrom<Raw, Error = Problems>,
{
    let ValueKind::Table(sections) = &mut tree.kind else {
        return None;
    };
    let value = sections.remove(name).unwrap_or_else(|| match name {
        "keys" => Value::new(None, Vec::<Value>::new()),
        _ => Value::new(None, Map::<String, Value>::new()),
    });
    let raw = value.try_deserialize::<Raw>();
    // What does not even deserialize has been noted, with its key, when the tree was inspected.
    let raw = raw.map_err(|error| {
        if problems.is_empty() {
            problems.add(name, error);
        }
    });
    Checked::try_from(raw.ok()?)
        .map_err(|found| problems.absorb(found))
        .ok()
}

#[cfg(test)]
mod tests;
