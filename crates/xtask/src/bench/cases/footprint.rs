//! How soon the server is ready, and how much memory and disk it takes.

use std::fs;
use std::time::Instant;

use anyhow::{Context as _, Result};

use super::{Bench, rest};
use crate::bench::load::{closed_loop, sets};
use crate::bench::server::Server;
use crate::bench::statistics::{Finding, Goal, Series};

pub(super) fn run(bench: &Bench) -> Result<Vec<Finding>> {
    let world = bench.world()?;
    let mut start = Series::new("until /ready", "ms");
    let mut idle = Series::new("resident", "MB");
    let mut busy = Series::new("resident at most", "MB");
    for _round in 0..bench.sizes.rounds {
        let begun = Instant::now();
        let server = Server::start(&bench.release.server, bench.folder.path(), &world.url())?;
        server.wait_until_ready()?;
        start.rounds.push(begun.elapsed().as_secs_f64() * 1_000.0);
        idle.rounds.push(server.memory("VmRSS")?);
        let target = rest(&[server.address], world.token());
        closed_loop(
            &bench.runtime,
            &target,
            sets(world.users(), bench.sizes.duration()),
        )?;
        busy.rounds.push(server.memory("VmHWM")?);
        world.settle()?;
    }
    let bytes = fs::metadata(&bench.release.server)
        .context("could not look at the server's binary")?
        .len();
    let mut size = Series::new("stripped", "MB");
    size.rounds
        .push(f64::from(u32::try_from(bytes).unwrap_or(u32::MAX)) / 1e6);
    let finding = |case: &str, ours, goal| Finding {
        case: case.to_owned(),
        ours,
        other: None,
        goal: Goal::AtMost(goal),
    };
    Ok(vec![
        finding("start", start, 300.0),
        finding("memory, idle", idle, 25.0),
        finding("memory, 64 connections in set", busy, 80.0),
        finding("size of the binary", size, 30.0),
    ])
}
