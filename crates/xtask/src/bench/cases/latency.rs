//! How long a set takes at a steady rate, beside the same transaction by itself, and beside `pgbench` at that rate.

use anyhow::Result;
use hdrhistogram::Histogram;

use super::{Bench, rest};
use crate::bench::load::{open_loop, sets_of_number};
use crate::bench::pgbench;
use crate::bench::statistics::{Finding, Goal, Series};

const PER_SECOND: u32 = 500;

pub(super) fn run(bench: &Bench) -> Result<Vec<Finding>> {
    let world = bench.world()?;
    let server = bench.server(world)?;
    let target = rest(&[server.address], world.token());
    let measure = || -> Result<Histogram<u64>> {
        let calls = sets_of_number(world.users(), PER_SECOND * bench.sizes.seconds);
        let load = open_loop(&bench.runtime, &target, PER_SECOND, calls)?;
        world.settle()?;
        Ok(load.latency)
    };
    measure()?;
    let mut p50 = Series::new("REST, p50", "ms");
    let mut p99 = Series::new("REST, p99", "ms");
    let mut lone = Series::new("pgbench -c 1, p50", "ms");
    let mut scheduled_p50 = Series::new("pgbench, p50", "ms");
    let mut scheduled_p99 = Series::new("pgbench, p99", "ms");
    for _round in 0..bench.sizes.rounds {
        let latency = measure()?;
        p50.rounds.push(milliseconds(&latency, 0.5));
        p99.rounds.push(milliseconds(&latency, 0.99));
        let latencies = pgbench::latencies(world, pgbench::SET, PER_SECOND, bench.sizes.seconds)?;
        lone.rounds.push(milliseconds(&latencies.lone, 0.5));
        scheduled_p50.rounds.push(milliseconds(&latencies.scheduled, 0.5));
        scheduled_p99
            .rounds
            .push(milliseconds(&latencies.scheduled, 0.99));
    }
    let finding = |case: &str, ours: &Series, other: Series, goal| Finding {
        case: format!("{case} at {PER_SECOND}/s"),
        ours: ours.clone(),
        other: Some(other),
        goal,
    };
    Ok(vec![
        finding("p50", &p50, lone.clone(), Goal::TimesAtMost(1.5)),
        finding("p99", &p99, lone, Goal::TimesAtMost(5.0)),
        finding("p50, both", &p50, scheduled_p50, Goal::Shown),
        finding("p99, both", &p99, scheduled_p99, Goal::Shown),
    ])
}

fn milliseconds(latency: &Histogram<u64>, quantile: f64) -> f64 {
    let micros = u32::try_from(latency.value_at_quantile(quantile)).unwrap_or(u32::MAX);
    f64::from(micros) / 1_000.0
}
