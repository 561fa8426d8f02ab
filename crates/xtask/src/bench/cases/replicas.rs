//! Set with several processes on one PostgreSQL, beside one. Each has one thread, and those that share the machine with others
//! one batch at a time, as processes that share cores should have; the one alone has as many as by default.

use std::net::SocketAddr;

use anyhow::Result;

use super::{Bench, rest};
use crate::bench::load::{closed_loop, sets};
use crate::bench::server::Server;
use crate::bench::statistics::{Finding, Goal, Series};

pub(super) fn run(bench: &Bench) -> Result<Vec<Finding>> {
    let world = bench.world()?;
    let alone = [("RINGTRUE_SERVER__WORKER_THREADS", "1")];
    let shared = [alone[0], ("RINGTRUE_STORAGE__BATCHES_AT_ONCE", "1")];
    let alone = [bench.server_with(world, &alone)?];
    let shared = [(); 3].map(|()| bench.server_with(world, &shared));
    let shared = shared.into_iter().collect::<Result<Vec<_>>>()?;
    let addresses = |servers: &[Server]| servers.iter().map(|server| server.address).collect();
    let (alone_at, shared_at): (Vec<SocketAddr>, Vec<SocketAddr>) = (addresses(&alone), addresses(&shared));
    let measure = |processes: usize| -> Result<f64> {
        let at = if processes == 1 {
            &alone_at
        } else {
            &shared_at[..processes]
        };
        let target = rest(at, world.token());
        let load = closed_loop(
            &bench.runtime,
            &target,
            sets(world.users(), bench.sizes.duration()),
        )?;
        world.settle()?;
        Ok(load.rate())
    };
    // Whoever is measured is warm.
    for processes in [1, 3] {
        measure(processes)?;
    }
    let before = world.deadlocks()?;
    let mut series = [1, 2, 3].map(|processes| Series::new(format!("{processes} serving"), "/s"));
    for _round in 0..bench.sizes.rounds {
        for (series, processes) in series.iter_mut().zip(1..) {
            series.rounds.push(measure(processes)?);
        }
    }
    // What a connection has not reported yet it reports when it is closed.
    drop((alone, shared));
    let mut deadlocks = Series::new("deadlocks", "");
    deadlocks.rounds.push(world.deadlocks()? - before);
    let [one, two, three] = series;
    let finding = |case: &str, ours| Finding {
        case: case.to_owned(),
        ours,
        other: Some(one.clone()),
        goal: Goal::TimesAtLeast(1.0),
    };
    Ok(vec![
        finding("2 replicas", two),
        finding("3 replicas", three),
        Finding {
            case: "deadlocks among replicas".to_owned(),
            ours: deadlocks,
            other: None,
            goal: Goal::AtMost(0.0),
        },
    ])
}
