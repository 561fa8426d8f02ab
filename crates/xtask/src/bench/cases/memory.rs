//! Set in memory, beside a handler that parses the same request and answers the same JSON.

use std::process::Command;

use anyhow::Result;

use super::{Bench, rest};
use crate::bench::load::{closed_loop, creations, sets};
use crate::bench::server::{BOOTSTRAP_TOKEN, Server};
use crate::bench::statistics::{Finding, Goal, Series};

pub(super) fn run(bench: &Bench) -> Result<Vec<Finding>> {
    let users = bench.sizes.users_in_memory;
    let server = Server::start(&bench.release.server, bench.folder.path(), "memory:")?;
    let bare = Server::listening(&mut Command::new(&bench.release.bare))?;
    let target = rest(&[server.address], BOOTSTRAP_TOKEN);
    let target_bare = rest(&[bare.address], BOOTSTRAP_TOKEN);
    closed_loop(&bench.runtime, &target, creations(users))?;
    let mut ours = Series::new("REST", "/s");
    let mut peer = Series::new("bare handler", "/s");
    for _round in 0..bench.sizes.rounds {
        for (series, target) in [(&mut ours, &target), (&mut peer, &target_bare)] {
            let load = closed_loop(&bench.runtime, target, sets(users, bench.sizes.duration()))?;
            series.rounds.push(load.rate());
        }
    }
    Ok(vec![Finding {
        case: "set in memory".to_owned(),
        ours,
        other: Some(peer),
        goal: Goal::TimesAtLeast(0.6),
    }])
}
