//! A cluster of one's own, in a temporary folder, gone when dropped.

use std::fs::{self, OpenOptions, Permissions};
use std::io::Write as _;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result};
use tempfile::TempDir;

use super::{Programs, owner::Owner};
use crate::console::step;
use crate::process;

/// How often a port that somebody else took in between is replaced by another.
const STARTS_MAX: usize = 5;

const SETTINGS: &str = "
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 200
";

/// What a crash of the machine may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    /// Everything: nothing waits for the disk.
    ThrowAway,
    /// Nothing that was committed: every commit waits for the disk, as in production, and the cluster has as much memory to
    /// itself as it would have there.
    EveryCommit {
        /// PostgreSQL's own cache, in MiB.
        shared_buffers_mib: u64,
    },
}

impl Durability {
    fn settings(self) -> String {
        match self {
            Self::ThrowAway => "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\n".to_owned(),
            // The last two keep checkpoints out of rounds that last seconds.
            Self::EveryCommit { shared_buffers_mib } => format!(
                "fsync = on\nsynchronous_commit = on\nfull_page_writes = on\n\
                 shared_buffers = {shared_buffers_mib}MB\nmax_wal_size = 8GB\ncheckpoint_timeout = 30min\n"
            ),
        }
    }
}

/// A running PostgreSQL, reachable at 127.0.0.1 by anyone on the machine as `postgres`, without a password.
pub(crate) struct Cluster {
    programs: Programs,
    owner: Owner,
    folder: TempDir,
    port: u16,
    durability: Durability,
}

impl Cluster {
    /// Creates a cluster and waits until it takes connections.
    pub(crate) fn start(programs: Programs, durability: Durability) -> Result<Self> {
        let owner = Owner::pick()?;
        let folder = tempfile::Builder::new()
            .prefix("ringtrue-postgres-")
            .permissions(Permissions::from_mode(0o755))
            .tempdir_in(owner.temporary_folder())
            .context("could not make a folder for the cluster")?;
        let mut cluster = Self {
            programs,
            owner,
            folder,
            port: 0,
            durability,
        };
        cluster.create()?;
        cluster.start_on_a_free_port()?;
        Ok(cluster)
    }

    /// Where the tests connect to; each makes a database of its own.
    pub(crate) fn url(&self) -> String {
        self.database_url("postgres")
    }

    /// Where a database of it is.
    pub(crate) fn database_url(&self, name: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{name}", self.port)
    }

    /// A client program of the same installation.
    pub(crate) fn client(&self, program: &str) -> Command {
        let mut command = self.programs.command(program);
        command.env("LC_ALL", "C");
        command
    }

    fn create(&self) -> Result<()> {
        let data = self.data();
        fs::create_dir(&data).context("could not make the cluster's folder")?;
        self.owner.give(&data)?;
        let mut initdb = self.command("initdb");
        initdb.args([
            "--no-sync",
            "--auth=trust",
            "--username=postgres",
            "--locale=C",
            "--encoding=UTF8",
        ]);
        process::run_quietly(initdb.arg("--pgdata").arg(&data)).context("could not create a cluster")?;
        let mut settings = OpenOptions::new()
            .append(true)
            .open(data.join("postgresql.conf"))
            .context("could not open the cluster's settings")?;
        settings
            .write_all([SETTINGS, &self.durability.settings()].concat().as_bytes())
            .context("could not write the cluster's settings")
    }

    fn start_on_a_free_port(&mut self) -> Result<()> {
        let mut attempts = 0;
        loop {
            attempts += 1;
            self.port = free_port()?;
            match self.try_start() {
                Err(error) if attempts < STARTS_MAX => {
                    process::ensure_not_interrupted()?;
                    step(format_args!("trying another port: {error:#}"));
                }
                done => return done,
            }
        }
    }

    fn try_start(&self) -> Result<()> {
        let log = self.data().join("server.log");
        let mut start = self.command("pg_ctl");
        // `-w`: returns once the server takes connections, or has given up.
        start
            .args(["start", "-w", "-t", "60", "--silent", "-o"])
            .arg(format!("-p {}", self.port));
        // The server inherits the outputs and keeps them open: a pipe would never end.
        start
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .arg("--log")
            .arg(&log)
            .arg("--pgdata")
            .arg(self.data());
        process::run(&mut start).with_context(|| {
            let said = fs::read_to_string(&log).unwrap_or_default();
            format!("could not start PostgreSQL, which said:\n{}", said.trim_end())
        })
    }

    /// A command run by the owner, in a folder that the owner can reach.
    fn command(&self, program: &str) -> Command {
        let mut command = self.programs.command(program);
        self.owner
            .run_as(&mut command)
            .current_dir(self.folder.path())
            .env("LC_ALL", "C");
        command
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if !self.data().join("postmaster.pid").exists() {
            return;
        }
        let mut stop = self.command("pg_ctl");
        stop.args([
            "stop",
            "-w",
            "-t",
            "60",
            "--silent",
            "-m",
            "immediate",
            "--pgdata",
        ])
        .arg(self.data());
        // Not through `process`: this must also work after an interruption.
        let stopped = stop.stdin(Stdio::null()).status();
        if !stopped.is_ok_and(|status| status.success()) {
            step(format_args!("could not stop PostgreSQL on port {}", self.port));
        }
    }
}

fn free_port() -> Result<u16> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).context("could not find a free port")?;
    Ok(listener
        .local_addr()
        .context("could not find a free port")?
        .port())
}

#[cfg(test)]
mod tests {
    use std::net::TcpStream;

    use super::*;

    #[test]
    fn a_cluster_takes_connections_until_it_is_dropped_and_leaves_nothing() {
        let cluster = Cluster::start(Programs::find_or_install().unwrap(), Durability::ThrowAway).unwrap();
        let (port, folder) = (cluster.port, cluster.folder.path().to_path_buf());
        assert!(TcpStream::connect(("127.0.0.1", port)).is_ok());
        drop(cluster);
        assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
        assert!(!folder.exists());
    }

    #[test]
    fn a_port_that_is_taken_is_reported_with_the_servers_own_words() {
        let taken = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let mut cluster =
            Cluster::start(Programs::find_or_install().unwrap(), Durability::ThrowAway).unwrap();
        process::run(
            cluster
                .command("pg_ctl")
                .args(["stop", "--silent", "--pgdata"])
                .arg(cluster.data()),
        )
        .unwrap();
        cluster.port = taken.local_addr().unwrap().port();
        let error = format!("{:#}", cluster.try_start().unwrap_err());
        assert!(error.contains("Address already in use"), "{error}");
    }
}
