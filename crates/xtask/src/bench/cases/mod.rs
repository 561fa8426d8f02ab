//! What is measured.

mod footprint;
mod growth;
mod latency;
mod memory;
mod mixed;
mod replicas;
mod set;
mod sqlite;
mod verify;

use std::cell::OnceCell;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context as _, Result};
use clap::ValueEnum;
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

use super::load::{Protocol, Target};
use super::server::{Release, Server};
use super::statistics::Finding;
use super::world::World;
use crate::postgres::Programs;

/// A case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Case {
    /// Setting a phone with a message over REST and over gRPC, beside pgbench.
    Set,
    /// The same on SQLite, beside one transaction per call.
    Sqlite,
    /// Verifying a phone with a right code, beside pgbench.
    Verify,
    /// Set in memory, beside a handler that only parses and answers.
    Memory,
    /// How long a set takes at a steady 500 a second, beside a lone transaction.
    Latency,
    /// How soon the server is ready, and how much memory and disk it takes.
    Footprint,
    /// Set with one, two and three processes.
    Replicas,
    /// Creating, getting, updating, locking and deleting users over 600 connections.
    Mixed,
    /// Set with a hundred times as many users. Filling the database takes some minutes and 30 GB.
    Growth,
}

/// How much is measured.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sizes {
    /// How many rounds.
    pub(crate) rounds: u32,
    /// How long each measurement of a round takes.
    pub(crate) seconds: u32,
    /// How many users there are on disk.
    pub(crate) users: u32,
    /// How many users there are in memory.
    pub(crate) users_in_memory: u32,
    /// How many codes are verified in a round.
    pub(crate) verifications: u32,
}

impl Sizes {
    /// How long each measurement of a round takes.
    pub(crate) fn duration(self) -> Duration {
        Duration::from_secs(self.seconds.into())
    }
}

/// How many calls are under way at once, of the server and of `pgbench`.
pub(crate) const CONNECTIONS: usize = 64;

/// What cases need: programs, sizes, and a PostgreSQL from the first case on that asks for it.
pub(crate) struct Bench {
    /// How much is measured.
    pub(crate) sizes: Sizes,
    /// What is measured.
    pub(crate) release: Release,
    programs: Programs,
    runtime: Runtime,
    folder: TempDir,
    world: OnceCell<World>,
}

impl Bench {
    /// Nothing runs yet.
    pub(crate) fn new(programs: Programs, release: Release, sizes: Sizes) -> Result<Self> {
        Ok(Self {
            sizes,
            release,
            programs,
            // One thread: the load generator must not take more of the machine than it has to.
            runtime: Builder::new_current_thread()
                .enable_all()
                .build()
                .context("could not start a runtime")?,
            folder: tempfile::tempdir().context("could not make a folder")?,
            world: OnceCell::new(),
        })
    }

    /// Runs a case.
    pub(crate) fn run(&self, case: Case) -> Result<Vec<Finding>> {
        match case {
            Case::Set => set::run(self),
            Case::Sqlite => sqlite::run(self),
            Case::Verify => verify::run(self),
            Case::Memory => memory::run(self),
            Case::Latency => latency::run(self),
            Case::Footprint => footprint::run(self),
            Case::Replicas => replicas::run(self),
            Case::Mixed => mixed::run(self),
            Case::Growth => growth::run(self),
        }
    }

    fn world(&self) -> Result<&World> {
        if let Some(world) = self.world.get() {
            return Ok(world);
        }
        let world = World::create(self.programs.clone(), &self.release, self.sizes.users)?;
        Ok(self.world.get_or_init(|| world))
    }

    /// The server on the cluster, ready.
    fn server(&self, world: &World) -> Result<Server> {
        self.server_with(world, &[])
    }

    /// The same with these settings.
    fn server_with(&self, world: &World, settings: &[(&str, &str)]) -> Result<Server> {
        let server = Server::start_with(&self.release.server, self.folder.path(), &world.url(), settings)?;
        server.wait_until_ready()?;
        Ok(server)
    }
}

/// 64 connections that speak REST.
fn rest(addresses: &[SocketAddr], token: &str) -> Target {
    Target {
        addresses: addresses.to_vec(),
        token: token.to_owned(),
        protocol: Protocol::Rest,
        connections: CONNECTIONS,
    }
}
