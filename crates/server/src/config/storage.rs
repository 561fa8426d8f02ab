//! `[storage]`: which database.

use std::{
    num::NonZeroUsize,
    path::{Path, PathBuf},
    time::Duration,
};

use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;

use super::{duration, problem::Problems, secret::SecretOrFile};

/// What happens today can be looked into today.
const RETENTION_MIN: Duration = Duration::from_hours(24);
const RETENTION_MAX: Duration = Duration::from_hours(3_650 * 24);

/// The section as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawStorage {
    url: Option<SecretString>,
    url_file: Option<PathBuf>,
    connections_max: u64,
    commits_batched: bool,
    loads_batched: bool,
    batches_at_once: Option<u64>,
    events_retention: Option<String>,
}

/// The section, checked.
#[derive(Debug, Clone)]
pub(crate) struct StorageConfig {
    /// Which database.
    pub(crate) url: StorageUrl,
    /// The most connections to PostgreSQL.
    pub(crate) connections_max: u32,
    /// Whether callers who come at once share commits.
    pub(crate) commits_batched: bool,
    /// Whether callers who come at once share loads.
    pub(crate) loads_batched: bool,
    /// How many batches are on their way at once; as many as serve the database best if nothing is said.
    pub(crate) batches_at_once: Option<NonZeroUsize>,
    /// How long it is kept what happened to users; for ever if nothing is said.
    pub(crate) events_retention: Option<time::Duration>,
}

/// A database.
#[derive(Debug, Clone)]
pub(crate) enum StorageUrl {
    /// A SQLite file.
    Sqlite(PathBuf),
    /// A PostgreSQL database; the URL may hold a password.
    Postgres(SecretString),
    /// This process's memory.
    Memory,
}

impl StorageUrl {
    /// The folder of a SQLite file, where the other files of an embedded installation are too.
    pub(crate) fn folder(&self) -> Option<&Path> {
        match self {
            Self::Sqlite(path) => Some(match path.parent() {
                Some(parent) if !parent.as_os_str().is_empty() => parent,
                _ => Path::new("."),
            }),
            Self::Postgres(_) | Self::Memory => None,
        }
    }

    fn parse(url: &SecretString) -> Result<Self, &'static str> {
        let text = url.expose_secret();
        if text == "memory:" {
            return Ok(Self::Memory);
        }
        if let Some(path) = text.strip_prefix("sqlite://")
            && !path.is_empty()
            && !path.ends_with('/')
        {
            return Ok(Self::Sqlite(path.into()));
        }
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Ok(Self::Postgres(url.clone()));
        }
        Err("is sqlite://PATH, postgres://USER:PASSWORD@HOST/DATABASE or memory:")
    }
}

impl TryFrom<RawStorage> for StorageConfig {
    type Error = Problems;

    fn try_from(raw: RawStorage) -> Result<Self, Problems> {
        let mut problems = Problems::default();
        let url = SecretOrFile {
            value: raw.url,
            file: raw.url_file,
        };
        let url = url.resolve("storage.url", &mut problems);
        let url = url.and_then(|url| problems.check("storage.url", StorageUrl::parse(&url)));
        let connections = u32::try_from(raw.connections_max)
            .ok()
            .filter(|count| (1..=1_000).contains(count));
        let connections = problems.check("storage.connections_max", connections.ok_or("is 1 to 1000"));
        let at_once = raw.batches_at_once.map(batches_at_once).transpose();
        let at_once = problems.check("storage.batches_at_once", at_once);
        let retention = raw.events_retention.as_deref();
        let retention =
            retention.map(|text| duration::parse_span_between(text, RETENTION_MIN, RETENTION_MAX));
        let retention = retention.transpose();
        let retention = problems.check("storage.events_retention", retention);
        match (url, connections, at_once, retention) {
            (Some(url), Some(connections_max), Some(batches_at_once), Some(events_retention)) => Ok(Self {
                url,
                connections_max,
                commits_batched: raw.commits_batched,
                loads_batched: raw.loads_batched,
                batches_at_once,
                events_retention,
            }),
            _ => Err(problems),
        }
    }
}

fn batches_at_once(count: u64) -> Result<NonZeroUsize, &'static str> {
    let count = usize::try_from(count).ok().filter(|count| *count <= 4);
    count.and_then(NonZeroUsize::new).ok_or("is 1 to 4")
}
