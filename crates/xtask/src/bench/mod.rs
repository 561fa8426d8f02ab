//! `cargo xtask bench`: the server beside what it should outdo, in one run on one machine.

mod cases;
mod document;
mod grpc;
mod job;
mod load;
mod machine;
mod pgbench;
mod plot;
mod rest;
mod server;
mod statistics;
mod table;
mod world;

use std::process::Command;
use std::{env, fs};

use anyhow::{Context as _, Result, ensure};
use clap::{Args, ValueEnum as _};
use serde_json::{Value, json};

use self::cases::{Bench, Case, Sizes};
use self::server::Release;
use self::statistics::{Finding, Series};
use crate::console::{say, step};
use crate::postgres::Programs;
use crate::{build, process, workspace};

/// What to measure, and how long.
#[derive(Args)]
pub(crate) struct Options {
    /// What to measure; everything if nothing is named
    cases: Vec<Case>,
    /// How often each measurement is repeated; the median counts
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// How long each measurement takes
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    seconds: u32,
    /// Runs everything once and briefly, to see that it works; the figures mean nothing and are not written down
    #[arg(long)]
    smoke: bool,
}

impl Options {
    fn sizes(&self) -> Sizes {
        if self.smoke {
            return Sizes {
                rounds: 1,
                seconds: 1,
                users: 2_000,
                users_in_memory: 500,
                verifications: 500,
            };
        }
        Sizes {
            rounds: self.rounds,
            seconds: self.seconds,
            users: 100_000,
            users_in_memory: 10_000,
            verifications: 10_000,
        }
    }

    /// The cases, each once, in the order in which they are listed.
    fn cases(&self) -> Vec<Case> {
        let wanted = |case: &Case| self.cases.is_empty() || self.cases.contains(case);
        Case::value_variants().iter().copied().filter(wanted).collect()
    }
}

/// Measures, prints a table and keeps the figures.
pub(crate) fn run(options: &Options) -> Result<()> {
    process::watch_signals()?;
    if cfg!(debug_assertions) {
        return run_optimised();
    }
    let programs = Programs::find_or_install()?;
    let machine = machine::describe(&programs);
    let cases = options.cases();
    let sizes = options.sizes();
    let bench = Bench::new(programs, Release::build()?, sizes)?;
    let mut findings = Vec::new();
    let mut failed = Vec::new();
    for case in &cases {
        process::ensure_not_interrupted()?;
        step(format_args!("measuring {case:?}"));
        match bench.run(*case) {
            Ok(found) => {
                say(table::table(&found));
                findings.extend(found);
            }
            // One that fails must not take the figures of the others with it.
            Err(error) => {
                say(format_args!("could not measure {case:?}: {error:#}"));
                failed.push(format!("{case:?}"));
            }
        }
    }
    drop(bench);
    let table = table::table(&findings);
    say(format_args!("\n{machine}\n\n{table}"));
    keep(options, &machine, &findings)?;
    ensure!(failed.is_empty(), "could not measure {}", failed.join(", "));
    if options.smoke || cases.len() < Case::value_variants().len() {
        step("docs/performance.md holds whole runs only, and stays as it is");
        return Ok(());
    }
    document(sizes, &machine, &table, &findings)
}

/// Does the same in a program that the compiler has optimised: what the load generator takes of the machine, the server does
/// not get.
fn run_optimised() -> Result<()> {
    step("building the bench");
    let program = build::program("xtask", &["--release", "--package", "xtask"])?;
    process::run(Command::new(program).args(env::args_os().skip(1)))
}

/// Keeps every round's figures in the target folder.
fn keep(options: &Options, machine: &str, findings: &[Finding]) -> Result<()> {
    let folder = workspace::root().join("target/bench");
    fs::create_dir_all(&folder).context("could not make a folder for the figures")?;
    let series = |series: &Series| json!({ "name": series.name, "unit": series.unit, "median": series.median(), "rounds": series.rounds });
    let findings: Vec<Value> = findings
        .iter()
        .map(|finding| {
            json!({
                "case": finding.case,
                "ours": series(&finding.ours),
                "other": finding.other.as_ref().map(series),
                "times": finding.times(),
                "goal": format!("{:?}", finding.goal),
                "reached": finding.is_reached(),
            })
        })
        .collect();
    let figures = json!({ "machine": machine, "smoke": options.smoke, "findings": findings });
    let name = if options.smoke { "smoke.json" } else { "bench.json" };
    fs::write(folder.join(name), format!("{figures:#}\n")).context("could not keep the figures")
}

/// Puts a whole run into the documentation.
fn document(sizes: Sizes, machine: &str, table: &str, findings: &[Finding]) -> Result<()> {
    let docs = workspace::root().join("docs");
    let page = docs.join("performance.md");
    let text = fs::read_to_string(&page).context("could not read docs/performance.md")?;
    let section = format!(
        "{machine}. Medians of {} rounds of {} s, with the least and the greatest in brackets.\n\n{table}\n\n\
         ![What was measured, beside what it is compared with](performance.svg)",
        sizes.rounds, sizes.seconds
    );
    fs::write(page, document::replace(&text, &section)?).context("could not write docs/performance.md")?;
    fs::write(docs.join("performance.svg"), plot::plot(findings))
        .context("could not write docs/performance.svg")
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        options: Options,
    }

    fn parse(args: &[&str]) -> Options {
        Line::try_parse_from(["bench"].iter().chain(args))
            .unwrap()
            .options
    }

    #[test]
    fn everything_is_measured_unless_cases_are_named() {
        assert_eq!(parse(&[]).cases(), Case::value_variants());
        assert_eq!(
            parse(&["verify", "set", "verify"]).cases(),
            [Case::Set, Case::Verify]
        );
    }

    #[test]
    fn a_smoke_run_is_short_whatever_else_is_asked() {
        let sizes = parse(&["--smoke", "--rounds", "9", "--seconds", "60"]).sizes();
        assert_eq!((sizes.rounds, sizes.seconds), (1, 1));
    }
}
