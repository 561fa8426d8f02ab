//! Set with a hundred times as many users, beside the usual number of them.

use anyhow::Result;

use super::{Bench, rest};
use crate::bench::load::{closed_loop, sets};
use crate::bench::statistics::{Finding, Goal, Series};
use crate::bench::world::World;

pub(super) fn run(bench: &Bench) -> Result<Vec<Finding>> {
    let small = bench.world()?;
    let large = World::create_alone(bench.programs.clone(), &bench.release, bench.sizes.users * 100)?;
    let servers = [bench.server(small)?, bench.server(&large)?];
    let measure = |nth: usize, world: &World| -> Result<f64> {
        let target = rest(&[servers[nth].address], world.token());
        let calls = sets(world.users(), bench.sizes.duration());
        let load = closed_loop(&bench.runtime, &target, calls)?;
        world.settle()?;
        Ok(load.rate())
    };
    let mut few = Series::new(format!("{} users", small.users()), "/s");
    let mut many = Series::new(format!("{} users", large.users()), "/s");
    measure(0, small)?;
    measure(1, &large)?;
    for _round in 0..bench.sizes.rounds {
        few.rounds.push(measure(0, small)?);
        many.rounds.push(measure(1, &large)?);
    }
    Ok(vec![Finding {
        case: "growth".to_owned(),
        ours: many,
        other: Some(few),
        goal: Goal::TimesAtLeast(0.8),
    }])
}
