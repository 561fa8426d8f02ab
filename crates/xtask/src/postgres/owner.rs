//! Who owns the cluster: PostgreSQL refuses to run as root.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

/// The user as whom the cluster runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Owner {
    /// Whoever runs the task.
    Oneself,
    /// Somebody without rights, because root runs the task.
    Unprivileged {
        /// The user's number.
        uid: u32,
        /// The number of the user's group.
        gid: u32,
    },
}

impl Owner {
    /// Picks `postgres`, else `nobody`, when root asks.
    pub(crate) fn pick() -> Result<Self> {
        if !rustix::process::geteuid().is_root() {
            return Ok(Self::Oneself);
        }
        let users = fs::read_to_string("/etc/passwd").context("could not read the list of users")?;
        ["postgres", "nobody"]
            .iter()
            .find_map(|name| find(&users, name))
            .context("root may not run PostgreSQL, and there is neither a user `postgres` nor `nobody`")
    }

    /// Makes a command run as the owner.
    pub(crate) fn run_as(self, command: &mut Command) -> &mut Command {
        match self {
            Self::Oneself => command,
            Self::Unprivileged { uid, gid } => command.uid(uid).gid(gid),
        }
    }

    /// Hands a folder to the owner.
    pub(crate) fn give(self, folder: &Path) -> Result<()> {
        match self {
            Self::Oneself => Ok(()),
            Self::Unprivileged { uid, gid } => {
                chown(folder, Some(uid), Some(gid)).context("could not hand the cluster's folder over")
            }
        }
    }

    /// A folder for temporary things that the owner can reach: root's own may be closed to others.
    pub(crate) fn temporary_folder(self) -> PathBuf {
        let usual = std::env::temp_dir();
        match self {
            Self::Unprivileged { .. } if !open_to_all(&usual) => PathBuf::from("/tmp"),
            _ => usual,
        }
    }
}

/// Whether everybody may pass through each folder on the way.
fn open_to_all(folder: &Path) -> bool {
    folder
        .ancestors()
        .all(|folder| fs::metadata(folder).is_ok_and(|data| data.mode() & 0o001 != 0))
}

/// Looks a user up in the text of `/etc/passwd`: `name:password:uid:gid:…`.
fn find(users: &str, name: &str) -> Option<Owner> {
    users.lines().find_map(|line| {
        let mut fields = line.split(':');
        (fields.next()? == name).then_some(())?;
        let _password = fields.next()?;
        Some(Owner::Unprivileged {
            uid: fields.next()?.parse().ok()?,
            gid: fields.next()?.parse().ok()?,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const USERS: &str = "root:x:0:0:root:/root:/bin/bash\nbroken line\npostgres:x:104:109:,,,:/var/lib/postgresql:/bin/bash\n";

    #[test]
    fn a_user_is_found_by_the_whole_name() {
        assert_eq!(
            find(USERS, "postgres"),
            Some(Owner::Unprivileged { uid: 104, gid: 109 })
        );
        assert_eq!(find(USERS, "post"), None);
    }

    #[test]
    fn a_folder_behind_a_closed_one_is_not_open_to_all() {
        use std::os::unix::fs::PermissionsExt as _;
        let closed = tempfile::tempdir().unwrap();
        let inner = closed.path().join("inner");
        fs::create_dir(&inner).unwrap();
        fs::set_permissions(&inner, fs::Permissions::from_mode(0o755)).unwrap();
        fs::set_permissions(closed.path(), fs::Permissions::from_mode(0o700)).unwrap();
        assert!(!open_to_all(&inner));
    }
}
