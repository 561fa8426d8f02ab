//! `VerifyPhone` with a right code, beside the same reads and writes as one transaction of `pgbench`.

use anyhow::{Result, ensure};

use super::{Bench, CONNECTIONS, rest};
use crate::bench::load::{closed_loop, returning_sets, verifications};
use crate::bench::pgbench;
use crate::bench::statistics::{Finding, Goal, Series};

pub(super) fn run(bench: &Bench) -> Result<Vec<Finding>> {
    let world = bench.world()?;
    let server = bench.server(world)?;
    let target = rest(&[server.address], world.token());
    let users = bench.sizes.verifications.min(world.users());
    let measure = || -> Result<f64> {
        // Each code is good for once: they are drawn before the clock runs.
        let codes = closed_loop(&bench.runtime, &target, returning_sets(1, users + 1))?.codes;
        ensure!(codes.len() > CONNECTIONS, "only {} codes came back", codes.len());
        world.settle()?;
        Ok(closed_loop(&bench.runtime, &target, verifications(codes))?.rate())
    };
    measure()?;
    pgbench::rate(world, pgbench::VERIFY, CONNECTIONS, bench.sizes.seconds)?;
    let mut ours = Series::new("REST", "/s");
    let mut peer = Series::new("pgbench", "/s");
    for _round in 0..bench.sizes.rounds {
        ours.rounds.push(measure()?);
        peer.rounds.push(pgbench::rate(
            world,
            pgbench::VERIFY,
            CONNECTIONS,
            bench.sizes.seconds,
        )?);
    }
    Ok(vec![Finding {
        case: "verify, REST".to_owned(),
        ours,
        other: Some(peer),
        goal: Goal::TimesAtLeast(1.5),
    }])
}
