//! `pgbench`: what the comparisons on PostgreSQL are measured with.

use std::fs;

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
    let said = run(world, script, clients, &[format!("--time={seconds}")])?;
    parse_rate(&said).with_context(|| format!("pgbench said no rate:\n{said}"))
}

/// How long each transaction took, in microseconds.
pub(crate) struct Latencies {
    /// Of a lone client, whose next transaction begins when the last one ends.
    pub(crate) lone: Histogram<u64>,
    /// Of several clients who share a schedule, from when each was due.
    pub(crate) scheduled: Histogram<u64>,
}

/// How many clients share a schedule: with 64, of which each is a process of PostgreSQL, the median is the same and the tail ten
/// times as long.
const SCHEDULED_CLIENTS: usize = 8;
/// For how many seconds clients still connect and plan while their schedule runs already.
const WARM_UP_SECONDS: u32 = 2;

/// Both kinds of latency, one after the other.
pub(crate) fn latencies(world: &World, script: Script, per_second: u32, seconds: u32) -> Result<Latencies> {
    let schedule = [
        format!("--rate={per_second}"),
        format!("--time={}", seconds + WARM_UP_SECONDS),
    ];
    Ok(Latencies {
        lone: logged(world, script, 1, &[format!("--time={seconds}")], 0)?,
        scheduled: logged(world, script, SCHEDULED_CLIENTS, &schedule, WARM_UP_SECONDS)?,
    })
}

/// What `pgbench` logs of its transactions, those of the first `warm_up` seconds aside.
fn logged(
    world: &World,
    script: Script,
    clients: usize,
    pace: &[String],
    warm_up: u32,
) -> Result<Histogram<u64>> {
    let folder = tempfile::tempdir().context("could not make a folder for a log")?;
    let prefix = format!("--log-prefix={}", folder.path().join("log").display());
    let options: Vec<String> = pace.iter().cloned().chain(["--log".to_owned(), prefix]).collect();
    run(world, script, clients, &options)?;
    let mut transactions = Vec::new();
    for file in fs::read_dir(folder.path()).context("could not list pgbench's logs")? {
        let log = fs::read_to_string(file?.path()).context("could not read a log of pgbench")?;
        transactions.extend(log.lines().filter_map(parse_transaction));
    }
    let first = transactions
        .iter()
        .map(|(second, _)| *second)
        .min()
        .unwrap_or_default();
    let mut latency = Histogram::new(3).context("could not make a histogram")?;
    for (_, micros) in transactions
        .into_iter()
        .filter(|(second, _)| *second >= first + u64::from(warm_up))
    {
        latency.record(micros).context("could not count a latency")?;
    }
    Ok(latency)
}

/// What the server sets for its own connections (`crates/postgres/src/connection.rs`).
const SETTINGS: &str = "-c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c jit=off";

fn run(world: &World, script: Script, clients: usize, options: &[String]) -> Result<String> {
    let Script(name, text) = script;
    let file = world.folder().join(format!("{name}.pgbench"));
    fs::write(&file, text).context("could not write pgbench's script")?;
    let mut pgbench = world.cluster().client("pgbench");
    pgbench
        .env("PGOPTIONS", SETTINGS)
        .args(["--no-vacuum", "--protocol=prepared", "--jobs=2"])
        .arg(format!("--client={clients}"))
        .args(options)
        .arg(format!("--define=users={}", world.users()))
        .arg(format!("--define=hash={}", world.token_hash()))
        .arg("--file")
        .arg(&file)
        .arg(world.peer_url());
    process::run_quietly(&mut pgbench)
}

/// Reads `tps = 1234.567890 (without initial connection time)`.
fn parse_rate(said: &str) -> Option<f64> {
    let line = said.lines().find(|line| line.starts_with("tps = "))?;
    line.split(' ').nth(2)?.parse().ok()
}

/// Reads the second in which it ended and the latency of `client transaction latency script second microsecond`, which a
/// schedule adds a field to.
fn parse_transaction(line: &str) -> Option<(u64, u64)> {
    let mut fields = line.split(' ').skip(2);
    let micros = fields.next()?.parse().ok()?;
    Some((fields.nth(1)?.parse().ok()?, micros))
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
    fn a_transaction_is_read_from_its_line() {
        for line in [
            "0 199 2241 0 1175850568 995598",
            "0 199 2241 0 1175850568 995598 117",
        ] {
            assert_eq!(parse_transaction(line), Some((1_175_850_568, 2_241)));
        }
        assert_eq!(parse_transaction(""), None);
    }
}
