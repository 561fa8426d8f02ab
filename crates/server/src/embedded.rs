//! The files of an embedded installation, beside its database: the key ring and the first administrator's token.

use std::{
    fs::{self, DirBuilder, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use ringtrue_core::{
    access::{Grant, Role, Subject},
    port::{IdSource, InsertOutcome, Storage},
    token::AccessToken,
};
use time::OffsetDateTime;
use tracing::{info, warn};
use zeroize::Zeroizing;

use crate::{
    config::{KeyConfig, keys_file},
    failure::Failure,
    system::fill,
    tokens,
};

/// A folder with a SQLite database in it.
#[derive(Debug, Clone)]
pub(crate) struct Embedded {
    folder: PathBuf,
}

impl Embedded {
    /// The folder, made if it is missing, for its owner only.
    pub(crate) fn prepare(folder: &Path) -> Result<Self, Failure> {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
        made.map_err(|error| {
            Failure::because(
                format_args!("could not make the folder {}", folder.display()),
                &error,
            )
        })?;
        Ok(Self {
            folder: folder.to_path_buf(),
        })
    }

    /// Where the administrator's token is kept.
    pub(crate) fn token_path(&self) -> PathBuf {
        self.folder.join("admin.token")
    }

    /// The keys of `keys.toml`, which is made if it is missing.
    pub(crate) fn keys(&self) -> Result<Vec<KeyConfig>, Failure> {
        let path = self.folder.join("keys.toml");
        if !path.exists() {
            let mut bytes = Zeroizing::new([0; 40]);
            fill(bytes.as_mut());
            let (id, secret) = bytes.split_at(8);
            let id: u64 = id.iter().fold(0, |id, byte| id << 8 | u64::from(*byte));
            let text = Zeroizing::new(format!(
                "# Made on first start, in place of [[keys]] in the configuration. It belongs to the database beside it.\n\
                 [[keys]]\nid = \"{id:016x}\"\nsecret = \"{}\"\n",
                STANDARD.encode(secret)
            ));
            if self.write_once(&path, &text)? {
                info!(path = %path.display(), "made a key for codes and messages");
            }
        }
        warn_if_others_may_read(&path);
        Ok(keys_file(&path)?)
    }

    /// The first administrator's token: made if the database has no token at all, and kept as a file.
    ///
    /// `None`: the operator has arranged for tokens otherwise.
    pub(crate) async fn admin_token(
        &self,
        storage: &Storage,
        ids: &dyn IdSource,
        now: OffsetDateTime,
    ) -> Result<Option<PathBuf>, Failure> {
        let path = self.token_path();
        let look_up = |error| Failure::because("could not look for tokens", &error);
        let untouched = storage.tokens.list().await.map_err(look_up)?.is_empty();
        if !path.exists() {
            if !untouched {
                return Ok(None);
            }
            // The file comes first: a start that dies here finds it the next time, and stores its hash then.
            let token = tokens::draw();
            self.write_once(&path, &Zeroizing::new(format!("{}\n", token.reveal())))?;
        }
        warn_if_others_may_read(&path);
        let text = fs::read_to_string(&path)
            .map(Zeroizing::new)
            .map_err(|error| Failure::because(format_args!("could not read {}", path.display()), &error))?;
        let token = AccessToken::new(text.trim());
        let known = storage.tokens.find(&token.hash()).await.map_err(look_up)?;
        if known.is_some() {
            return Ok(Some(path));
        }
        if !untouched {
            // Revoked, or of another database.
            return Ok(None);
        }
        let subject = Subject::Service("admin".to_owned());
        let grants = Grant::new(Role::IamOwner, None).into_iter().collect();
        let record = tokens::record(&token, ids, subject, grants, now, None);
        match storage.tokens.insert(&record).await {
            Ok(InsertOutcome::Inserted | InsertOutcome::Exists) => {
                info!(path = %path.display(), "made an administrator's token");
                Ok(Some(path))
            }
            Err(error) => Err(Failure::because(
                "could not store the administrator's token",
                &error,
            )),
        }
    }

    /// Writes a file for its owner only, whole or not at all; tells whether it was missing.
    fn write_once(&self, path: &Path, text: &str) -> Result<bool, Failure> {
        let failed =
            |error: io::Error| Failure::because(format_args!("could not write {}", path.display()), &error);
        let draft = self
            .folder
            .join(format!(".{}.{}", file_name(path), std::process::id()));
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&draft)
            .map_err(failed)?;
        file.write_all(text.as_bytes()).map_err(failed)?;
        file.sync_all().map_err(failed)?;
        // Unlike a renaming, a link never takes the place of what another process has made meanwhile.
        let linked = fs::hard_link(&draft, path);
        let _ = fs::remove_file(&draft);
        match linked {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
            Err(error) => Err(failed(error)),
        }
    }
}

fn file_name(path: &Path) -> std::borrow::Cow<'_, str> {
    path.file_name().unwrap_or_default().to_string_lossy()
}

fn warn_if_others_may_read(path: &Path) {
    let mode = fs::metadata(path).map(|metadata| metadata.permissions().mode());
    if mode.is_ok_and(|mode| mode & 0o077 != 0) {
        warn!(path = %path.display(), "others may read this secret; chmod 600 keeps it to its owner");
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use ringtrue_core::token::{TokenId, TokenRecord};
    use ringtrue_memory::MemoryStorage;
    use time::macros::datetime;

    use super::*;
    use crate::system::{SystemClock, SystemIdSource};

    const NOON: OffsetDateTime = datetime!(2026-01-01 12:00 UTC);

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    fn embedded(folder: &tempfile::TempDir) -> Embedded {
        Embedded::prepare(&folder.path().join("a/b")).unwrap()
    }

    #[test]
    fn the_keys_are_made_once_and_for_the_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let embedded = embedded(&folder);
        let made = embedded.keys().unwrap();
        assert_eq!(made.len(), 1);
        assert_eq!(format!("{made:?}"), format!("{:?}", embedded.keys().unwrap()));
        assert_eq!(mode(&folder.path().join("a/b")), 0o700);
        assert_eq!(mode(&folder.path().join("a/b/keys.toml")), 0o600);
        let left: Vec<_> = fs::read_dir(folder.path().join("a/b")).unwrap().collect();
        assert_eq!(left.len(), 1, "{left:?}");
    }

    #[test]
    fn a_keys_file_that_is_damaged_is_refused_by_name_and_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let embedded = embedded(&folder);
        let path = folder.path().join("a/b/keys.toml");
        fs::write(&path, "[[keys]]\nid = \"a\"\nsecret = \"AAAA\"\n").unwrap();
        let said = embedded.keys().unwrap_err().to_string();
        assert!(
            said.contains("keys.toml") && said.contains("keys[0].secret"),
            "{said}"
        );
        assert!(!said.contains("AAAA"), "{said}");
    }

    #[tokio::test]
    async fn the_first_start_makes_a_token_and_later_ones_find_it() {
        let folder = tempfile::tempdir().unwrap();
        let embedded = embedded(&folder);
        let storage = MemoryStorage::new().storage();
        let ids = SystemIdSource::new(Arc::new(SystemClock));
        let path = embedded.admin_token(&storage, &ids, NOON).await.unwrap().unwrap();
        assert_eq!(mode(&path), 0o600);
        let token = AccessToken::new(fs::read_to_string(&path).unwrap().trim());
        assert!(storage.tokens.find(&token.hash()).await.unwrap().is_some());
        assert_eq!(
            embedded.admin_token(&storage, &ids, NOON).await.unwrap(),
            Some(path.clone())
        );
        assert_eq!(storage.tokens.list().await.unwrap().len(), 1);

        // A new database beside the old file takes the same token.
        let emptied = MemoryStorage::new().storage();
        assert_eq!(
            embedded.admin_token(&emptied, &ids, NOON).await.unwrap(),
            Some(path)
        );
        assert!(emptied.tokens.find(&token.hash()).await.unwrap().is_some());
    }

    #[tokio::test]
    async fn a_revoked_token_is_not_offered_and_not_made_again() {
        let folder = tempfile::tempdir().unwrap();
        let embedded = embedded(&folder);
        let storage = MemoryStorage::new().storage();
        let ids = SystemIdSource::new(Arc::new(SystemClock));
        embedded.admin_token(&storage, &ids, NOON).await.unwrap();
        let admin = storage.tokens.list().await.unwrap().remove(0);
        let other = TokenRecord {
            id: TokenId::from_random(&[1; 16]),
            hash: AccessToken::new("another").hash(),
            ..admin.clone()
        };
        storage.tokens.insert(&other).await.unwrap();
        storage.tokens.remove(&admin.id).await.unwrap();
        assert_eq!(embedded.admin_token(&storage, &ids, NOON).await.unwrap(), None);
        assert_eq!(storage.tokens.list().await.unwrap(), [other]);
    }
}
