//! `pgbench`: what the comparisons on PostgreSQL are measured with.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use hdrhistogram::Histogram;

use super::world::World;
use crate::process;

/// A transaction: the name of its script's file, and the script.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Script(pub(crate) &'static str, pub(crate) &'static str);

/// What `SetPhone` with `sendCode` reads and writes.
pub(crate) const SET: Script = Script("set", include_str!("sql/set.pgbench"));
/// What `VerifyPhone` with a right code reads and writes.
pub(crate) const VERIFY: Script = Script("verify", include_str!("sql/verify.pgbench"));

/// Transactions per second of so many clients.
pub(crate) fn rate(world: &World, script: Script, clients: usize, seconds: u32) -> Result<f64> {
    let said = run(world, script, clients, seconds, None)?;
    parse_rate(&said).with_context(|| format!("pgbench said no rate:\n{said}"))
}

/// How long each transaction of one client took, in microseconds.
pub(crate) fn latency(world: &World, script: Script, seconds: u32) -> Result<Histogram<u64>> {
    let folder = tempfile::tempdir().context("could not make a folder for a log")?;
    run(world, script, 1, seconds, Some(&folder.path().join("log")))?;
    let mut latency = Histogram::new(3).context("could not make a histogram")?;
    for file in fs::read_dir(folder.path()).context("could not list pgbench's logs")? {
        let log = fs::read_to_string(file?.path()).context("could not read a log of pgbench")?;
        for micros in log.lines().filter_map(parse_latency) {
            latency.record(micros).context("could not count a latency")?;
        }
    }
    Ok(latency)
}

/// What the server sets for its own connections (`crates/postgres/src/connection.rs`).
const SETTINGS: &str = "-c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c jit=off";

fn run(world: &World, script: Script, clients: usize, seconds: u32, log: Option<&Path>) -> Result<String> {
    let Script(name, text) = script;
    let file = world.folder().join(format!("{name}.pgbench"));
    fs::write(&file, text).context("could not write pgbench's script")?;
    let mut pgbench = world.cluster().client("pgbench");
    pgbench
        .env("PGOPTIONS", SETTINGS)
        .args(["--no-vacuum", "--protocol=prepared", "--jobs=2"])
        .arg(format!("--client={clients}"))
        .arg(format!("--time={seconds}"))
        .arg(format!("--define=users={}", world.users()))
        .arg(format!("--define=hash={}", world.token_hash()))
        .arg("--file")
        .arg(&file);
    if let Some(prefix) = log {
        pgbench.arg("--log").arg("--log-prefix").arg(prefix);
    }
    pgbench.arg(world.peer_url());
    process::run_quietly(&mut pgbench)
}

/// Reads `tps = 1234.567890 (without initial connection time)`.
fn parse_rate(said: &str) -> Option<f64> {
    let line = said.lines().find(|line| line.starts_with("tps = "))?;
    line.split(' ').nth(2)?.parse().ok()
}

/// Reads the third field of `client transaction latency script seconds microseconds`.
fn parse_latency(line: &str) -> Option<u64> {
    line.split(' ').nth(2)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_the_one_without_connecting() {
        let said = "number of clients: 64\ninitial connection time = 80.1 ms\ntps = 812.250000 (without initial connection time)\n";
        assert_eq!(parse_rate(said), Some(812.25));
        assert_eq!(parse_rate("pgbench: error: no"), None);
    }

    #[test]
    fn a_latency_is_read_from_its_line() {
        assert_eq!(parse_latency("0 199 2241 0 1175850568 995598"), Some(2241));
        assert_eq!(parse_latency(""), None);
    }
}
