//! Which PostgreSQL to use: a complete installation, the newest of those found.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use anyhow::{Context as _, Result};

use crate::apt;
use crate::console::step;

/// The oldest release that the product promises to work with.
const MAJOR_MIN: u32 = 15;
/// What the cluster and the tests run.
const NEEDED: [&str; 4] = ["initdb", "pg_ctl", "postgres", "psql"];
/// While this file exists, Debian's package creates no cluster and starts no service of its own.
const NO_MAIN_CLUSTER: &str = "/etc/postgresql-common/createcluster.d/ringtrue.conf";

/// PostgreSQL's programs, all of one installation.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Programs {
    major: u32,
    folder: PathBuf,
}

impl Programs {
    /// Finds an installation, or installs one.
    pub(crate) fn find_or_install() -> Result<Self> {
        if let Some(found) = Self::find() {
            return Ok(found);
        }
        install()?;
        Self::find().with_context(|| {
            format!(
                "no PostgreSQL {MAJOR_MIN} or newer with {} in one folder",
                NEEDED.join(", ")
            )
        })
    }

    /// The folder that holds them.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The major version.
    pub(crate) fn major(&self) -> u32 {
        self.major
    }

    /// A command that runs one of them.
    pub(crate) fn command(&self, program: &str) -> Command {
        Command::new(self.folder.join(program))
    }

    fn find() -> Option<Self> {
        candidates().into_iter().filter_map(Self::at).max()
    }

    /// The installation in a folder, if it is complete, runs and is new enough.
    fn at(folder: PathBuf) -> Option<Self> {
        if !NEEDED.iter().all(|program| folder.join(program).is_file()) {
            return None;
        }
        let output = Command::new(folder.join("postgres"))
            .arg("--version")
            .output()
            .ok()?;
        let major = parse_major(&String::from_utf8(output.stdout).ok()?)?;
        (output.status.success() && major >= MAJOR_MIN).then_some(Self { major, folder })
    }
}

/// Every folder that may hold an installation.
fn candidates() -> BTreeSet<PathBuf> {
    let mut folders = BTreeSet::new();
    if let Ok(output) = Command::new("pg_config").arg("--bindir").output() {
        folders.insert(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()));
    }
    #[expect(
        clippy::disallowed_methods,
        reason = "where programs are is not the server's configuration"
    )]
    let path = env::var_os("PATH").unwrap_or_default();
    folders.extend(env::split_paths(&path).filter_map(|folder| behind_links(&folder.join("postgres"))));
    for version in fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
    {
        folders.insert(version.path().join("bin"));
    }
    folders
}

/// The folder a program really lives in: beside a link to it, its siblings may be missing.
fn behind_links(program: &Path) -> Option<PathBuf> {
    Some(fs::canonicalize(program).ok()?.parent()?.to_path_buf())
}

/// Reads `postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)`.
fn parse_major(version: &str) -> Option<u32> {
    let number = version.split_once("(PostgreSQL) ")?.1;
    number.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

fn install() -> Result<()> {
    let _marker = Marker::place(Path::new(NO_MAIN_CLUSTER));
    apt::install(&format!("PostgreSQL {MAJOR_MIN} or newer"), &["postgresql"])
}

/// A file that is there while its guard lives.
struct Marker(PathBuf);

impl Marker {
    /// Without it the installation works too: our cluster has its own folder and port.
    fn place(path: &Path) -> Option<Self> {
        if path.exists() || !rustix::process::geteuid().is_root() {
            return None;
        }
        fs::create_dir_all(path.parent()?).ok()?;
        fs::write(path, "create_main_cluster = false\n").ok()?;
        Some(Self(path.to_path_buf()))
    }
}

impl Drop for Marker {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_file(&self.0) {
            let file = self
                .0
                .file_name()
                .unwrap_or(OsStr::new("marker"))
                .to_string_lossy();
            step(format_args!("could not remove {file}: {error}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_is_read_from_every_kind_of_release() {
        assert_eq!(
            parse_major("postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)\n"),
            Some(15)
        );
        assert_eq!(parse_major("postgres (PostgreSQL) 18beta2\n"), Some(18));
        assert_eq!(parse_major("not a database"), None);
    }

    #[test]
    fn a_folder_without_all_programs_is_not_an_installation() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("postgres"), "").unwrap();
        assert_eq!(Programs::at(folder.path().to_path_buf()), None);
    }

    #[test]
    fn a_marker_goes_away_with_its_guard() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("createcluster.d/ringtrue.conf");
        let marker = Marker::place(&path);
        assert_eq!(path.exists(), rustix::process::geteuid().is_root());
        drop(marker);
        assert!(!path.exists());
    }
}
