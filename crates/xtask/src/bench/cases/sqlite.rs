//! Set on SQLite, beside the same statements in one prepared transaction per call.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};

use super::{Bench, rest};
use crate::bench::load::{closed_loop, sets};
use crate::bench::server::{Server, create_token};
use crate::bench::statistics::{Finding, Goal, Series};
use crate::process;

pub(super) fn run(bench: &Bench) -> Result<Vec<Finding>> {
    let folder = bench.folder.path().join("sqlite");
    fs::create_dir(&folder).context("could not make a folder for SQLite")?;
    let script = folder.join("sqlite.py");
    fs::write(&script, include_str!("../sql/sqlite.py")).context("could not write the script for SQLite")?;
    let (ours_at, peer_at) = (folder.join("ours.db"), folder.join("peer.db"));
    let url = format!("sqlite://{}", ours_at.display());
    let token = create_token(&bench.release.server, &folder, &url)?;
    let users = bench.sizes.users.to_string();
    python(&script, "seed", &ours_at, &[&users])?;
    fs::copy(&ours_at, &peer_at).context("could not copy a database")?;

    let server = Server::start(&bench.release.server, &folder, &url)?;
    server.wait_until_ready()?;
    let target = rest(&[server.address], &token);
    let seconds = bench.sizes.seconds.to_string();
    let measure = || -> Result<f64> {
        let calls = sets(bench.sizes.users, bench.sizes.duration());
        let rate = closed_loop(&bench.runtime, &target, calls)?.rate();
        python(&script, "settle", &ours_at, &[])?;
        Ok(rate)
    };
    let measure_peer = || -> Result<f64> {
        let said = python(&script, "measure", &peer_at, &[&users, &seconds, &token])?;
        said.trim().parse().context("the script for SQLite said no rate")
    };
    let mut ours = Series::new("REST", "/s");
    let mut peer = Series::new("one transaction per call", "/s");
    measure()?;
    measure_peer()?;
    for _round in 0..bench.sizes.rounds {
        ours.rounds.push(measure()?);
        peer.rounds.push(measure_peer()?);
    }
    Ok(vec![Finding {
        case: "set on SQLite".to_owned(),
        ours,
        other: Some(peer),
        goal: Goal::TimesAtLeast(3.0),
    }])
}

fn python(script: &Path, task: &str, database: &Path, rest: &[&str]) -> Result<String> {
    let mut python = Command::new("python3");
    process::run_quietly(python.arg(script).arg(task).arg(database).args(rest))
}
