//! `SetPhone` with `sendCode`, over REST and over gRPC, beside the same reads and writes as one transaction of `pgbench`.

use anyhow::Result;

use super::{Bench, CONNECTIONS, rest};
use crate::bench::load::{Protocol, Target, closed_loop, sets};
use crate::bench::pgbench;
use crate::bench::statistics::{Finding, Goal, Series};

pub(super) fn run(bench: &Bench) -> Result<Vec<Finding>> {
    let world = bench.world()?;
    let server = bench.server(world)?;
    let over_rest = rest(&[server.address], world.token());
    let over_grpc = Target {
        protocol: Protocol::Grpc,
        ..over_rest.clone()
    };
    let measure = |target: &Target| -> Result<f64> {
        let load = closed_loop(
            &bench.runtime,
            target,
            sets(world.users(), bench.sizes.duration()),
        )?;
        world.settle()?;
        Ok(load.rate())
    };
    // The first round warms caches up and counts for nobody.
    measure(&over_rest)?;
    pgbench::rate(world, pgbench::SET, CONNECTIONS, bench.sizes.seconds)?;
    let mut by_rest = Series::new("REST", "/s");
    let mut by_grpc = Series::new("gRPC", "/s");
    let mut peer = Series::new("pgbench", "/s");
    for _round in 0..bench.sizes.rounds {
        by_rest.rounds.push(measure(&over_rest)?);
        peer.rounds.push(pgbench::rate(
            world,
            pgbench::SET,
            CONNECTIONS,
            bench.sizes.seconds,
        )?);
        by_grpc.rounds.push(measure(&over_grpc)?);
    }
    let finding = |case: &str, ours| Finding {
        case: case.to_owned(),
        ours,
        other: Some(peer.clone()),
        goal: Goal::TimesAtLeast(1.5),
    };
    Ok(vec![finding("set, REST", by_rest), finding("set, gRPC", by_grpc)])
}
