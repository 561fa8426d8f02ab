//! PostgreSQL as a case finds it: one cluster that keeps every commit, one database for the server and one for
//! `pgbench`, with the same schema and the same users.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use tempfile::TempDir;

use super::machine;
use super::server::{Release, create_token};
use crate::console::step;
use crate::postgres::{Cluster, Durability, Programs};
use crate::process;

const OURS: &str = "ringtrue";
const PEER: &str = "pgbench";
/// How long the server may take to hand off what a load has queued.
const DRAIN_MAX: Duration = Duration::from_mins(2);

/// A seeded cluster.
pub(crate) struct World {
    cluster: Cluster,
    folder: TempDir,
    users: u32,
    token: String,
    token_hash: String,
}

impl World {
    /// Starts a cluster and fills both databases with so many users.
    pub(crate) fn create(programs: Programs, release: &Release, users: u32) -> Result<Self> {
        Self::with(programs, release, users, &[OURS, PEER])
    }

    /// The same without a database for `pgbench`.
    pub(crate) fn create_alone(programs: Programs, release: &Release, users: u32) -> Result<Self> {
        Self::with(programs, release, users, &[OURS])
    }

    fn with(programs: Programs, release: &Release, users: u32, databases: &[&str]) -> Result<Self> {
        step(format_args!(
            "filling {} with {users} users each",
            match databases.len() {
                1 => "a database",
                _ => "two databases",
            }
        ));
        let durability = Durability::EveryCommit {
            // What PostgreSQL's documentation begins with for a machine of its own.
            shared_buffers_mib: machine::memory_mib()? / 4,
        };
        let mut world = Self {
            cluster: Cluster::start(programs, durability)?,
            folder: tempfile::tempdir().context("could not make a folder")?,
            users,
            token: String::new(),
            token_hash: String::new(),
        };
        for name in databases {
            world.psql("postgres", &format!("CREATE DATABASE {name}"))?;
            let url = world.cluster.database_url(name);
            world.token = create_token(&release.server, world.folder.path(), &url)?;
            world.seed(name)?;
        }
        // The last token is the one in pgbench's database, if there is one; the server's database gets it as well.
        let last = databases.last().copied().unwrap_or(OURS);
        world.token_hash = world.psql(last, "SELECT encode(hash, 'hex') FROM tokens")?;
        world.psql(
            OURS,
            &format!("UPDATE tokens SET hash = decode('{}', 'hex')", world.token_hash),
        )?;
        Ok(world)
    }

    fn seed(&self, database: &str) -> Result<()> {
        let script = self.folder.path().join("seed.sql");
        std::fs::write(&script, include_str!("sql/seed.sql")).context("could not write the seed's script")?;
        let mut psql = self.psql_command(database);
        psql.arg("--file")
            .arg(&script)
            .arg(format!("--set=users={}", self.users));
        process::run_quietly(&mut psql).context("could not create users")?;
        Ok(())
    }

    /// The cluster.
    pub(crate) fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    /// A folder for whatever a case writes.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// How many users there are.
    pub(crate) fn users(&self) -> u32 {
        self.users
    }

    /// An administrator's token, which both databases hold.
    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    /// Its hash, as the databases hold it, in hexadecimal digits.
    pub(crate) fn token_hash(&self) -> &str {
        &self.token_hash
    }

    /// The server's database.
    pub(crate) fn url(&self) -> String {
        self.cluster.database_url(OURS)
    }

    /// The database of `pgbench`.
    pub(crate) fn peer_url(&self) -> String {
        self.cluster.database_url(PEER)
    }

    /// How many deadlocks the server's database has seen.
    pub(crate) fn deadlocks(&self) -> Result<f64> {
        let count = self.psql(
            OURS,
            "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()",
        )?;
        count.parse().context("could not read the number of deadlocks")
    }

    /// How often the server's database has read through a table that grows with its users.
    pub(crate) fn sequential_scans(&self) -> Result<f64> {
        let count = self.psql(
            OURS,
            "SELECT sum(seq_scan) FROM pg_stat_user_tables
              WHERE relname IN ('users', 'user_search', 'claims', 'outbox')
                 OR relname LIKE ANY (ARRAY['user\\_events%', 'settled\\_messages%'])",
        )?;
        count
            .parse()
            .context("could not read the number of sequential scans")
    }

    /// Waits until nothing is left of the last load, so that the next begins on a quiet cluster.
    pub(crate) fn settle(&self) -> Result<()> {
        self.drain()?;
        self.checkpoint()
    }

    /// Has all that was changed written into the tables' files.
    pub(crate) fn checkpoint(&self) -> Result<()> {
        self.psql(OURS, "CHECKPOINT")?;
        Ok(())
    }

    /// Has what calls look at read into memory: the indexes into PostgreSQL's own, and the users, of whom there may be more than fit
    /// into it, into the system's. A service that has been in use for hours finds them there; one that has been filled a minute
    /// ago finds what was written last.
    pub(crate) fn warm(&self) -> Result<()> {
        self.psql(OURS, "CREATE EXTENSION IF NOT EXISTS pg_prewarm")?;
        self.psql(
            OURS,
            "SELECT pg_prewarm('users', 'read'), pg_prewarm('users_pkey'), pg_prewarm('users_phone');
             SELECT pg_prewarm(indexrelid)
               FROM pg_inherits
               JOIN pg_index ON indrelid = inhrelid
              WHERE inhparent = 'user_events'::regclass",
        )?;
        Ok(())
    }

    /// Waits until all messages are handed off.
    pub(crate) fn drain(&self) -> Result<()> {
        let begun = Instant::now();
        // By an index: what reads a table through is counted where it must not happen.
        let unsettled = "SET enable_seqscan = off; SELECT count(*) FROM outbox WHERE settled_at IS NULL";
        while self.psql(OURS, unsettled)? != "0" {
            ensure!(
                begun.elapsed() < DRAIN_MAX,
                "messages were not handed off in {DRAIN_MAX:?}"
            );
        }
        Ok(())
    }

    fn psql(&self, database: &str, statement: &str) -> Result<String> {
        let mut psql = self.psql_command(database);
        let said = process::run_quietly(psql.arg("--command").arg(statement));
        Ok(said.context("could not ask the database")?.trim().to_owned())
    }

    fn psql_command(&self, database: &str) -> Command {
        let mut psql = self.cluster.client("psql");
        psql.args([
            "--no-psqlrc",
            "--quiet",
            "--tuples-only",
            "--no-align",
            "--set=ON_ERROR_STOP=1",
        ])
        .arg(self.cluster.database_url(database));
        psql
    }
}
