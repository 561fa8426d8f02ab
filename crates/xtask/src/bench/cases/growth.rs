//! Set with a hundred times as many users, beside the usual number of them.

use anyhow::Result;

use super::{Bench, rest};
use crate::bench::load::{closed_loop, sets};
use crate::bench::statistics::{Finding, Goal, Series};
use crate::bench::world::World;

/// How many rounds' time each database is in use before it counts. A checkpoint makes every page that is changed for the
/// first time after it dear; it comes every few minutes, and not before each round. Twice as many write so much log that another
/// checkpoint begins (`max_wal_size`).
const WARM_UP_ROUNDS: u32 = 10;

pub(super) fn run(bench: &Bench) -> Result<Vec<Finding>> {
    let small = bench.world()?;
    let large = World::create_alone(bench.programs.clone(), &bench.release, bench.sizes.users * 100)?;
    small.warm()?;
    large.warm()?;
    let servers = [bench.server(small)?, bench.server(&large)?];
    let scans_before = large.sequential_scans()?;
    let measure = |nth: usize, world: &World, rounds: u32| -> Result<f64> {
        let target = rest(&[servers[nth].address], world.token());
        let calls = sets(world.users(), bench.sizes.duration() * rounds);
        let load = closed_loop(&bench.runtime, &target, calls)?;
        world.drain()?;
        Ok(load.rate())
    };
    let mut few = Series::new(format!("{} users", small.users()), "/s");
    let mut many = Series::new(format!("{} users", large.users()), "/s");
    measure(0, small, WARM_UP_ROUNDS)?;
    measure(1, &large, WARM_UP_ROUNDS)?;
    for _round in 0..bench.sizes.rounds {
        few.rounds.push(measure(0, small, 1)?);
        many.rounds.push(measure(1, &large, 1)?);
    }
    let (mut few_anew, mut many_anew) = (few.emptied(), many.emptied());
    for _round in 0..bench.sizes.rounds {
        small.checkpoint()?;
        few_anew.rounds.push(measure(0, small, 1)?);
        large.checkpoint()?;
        many_anew.rounds.push(measure(1, &large, 1)?);
    }
    // A connection tells what it has counted when it is closed, at the latest.
    drop(servers);
    let mut scans = Series::new("sequential scans", "");
    scans.rounds.push(large.sequential_scans()? - scans_before);
    Ok(vec![
        Finding {
            case: "growth".to_owned(),
            ours: many,
            other: Some(few),
            goal: Goal::TimesAtLeast(0.8),
        },
        Finding {
            case: "growth, after a checkpoint".to_owned(),
            ours: many_anew,
            other: Some(few_anew),
            goal: Goal::Shown,
        },
        Finding {
            case: "growth, sequential scans".to_owned(),
            ours: scans,
            other: None,
            goal: Goal::AtMost(0.0),
        },
    ])
}
