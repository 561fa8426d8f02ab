//! `cargo xtask test`: everything the tests need, the tests, and a summary.

mod tally;
mod targets;

use std::io::{BufRead as _, BufReader};
use std::process::{Command, ExitStatus};

use anyhow::{Context as _, Result, ensure};

use self::tally::Tally;
use self::targets::Targets;
use crate::clients::Clients;
use crate::console::{is_terminal, say, step};
use crate::postgres::{Cluster, Durability, Programs};
use crate::process::{self, Running};
use crate::{instructions, workspace};

/// Runs `cargo test` with these arguments, by default over the whole workspace.
pub(crate) fn run(args: &[String]) -> Result<()> {
    process::watch_signals()?;
    let (for_cargo, for_tests) = split(args);
    // What is missing is said before anyone waits for a compiler.
    let clients = Clients::set_up()?;
    let programs = Programs::find_or_install()?;
    let targets = Targets::build(&for_cargo)?;
    let cluster = Cluster::start(programs.clone(), Durability::ThrowAway)?;
    step(format_args!(
        "PostgreSQL {} is at {}",
        programs.major(),
        cluster.url()
    ));

    let mut test = cargo(&["test", "--no-fail-fast"], &for_cargo);
    test.args(for_tests);
    test.env("RINGTRUE_TEST_POSTGRES", cluster.url())
        .env("RINGTRUE_TEST_POSTGRES_BIN", programs.folder())
        .env("RINGTRUE_TEST_PYTHON", &clients.python)
        .env("RINGTRUE_TEST_NODE_DIR", &clients.node_scripts)
        .env("RINGTRUE_TEST_RUST_CLIENT", &clients.rust);
    let (tally, status) = stream(&mut test, targets)?;
    drop(cluster);

    say(format_args!("\n{tally}"));
    ensure!(status.success(), "cargo test ended with {status}");
    ensure!(tally.failed() == 0, "{} tests failed", tally.failed());
    // A part of the whole, and too long for a look at one crate.
    if args.is_empty() {
        instructions::check()?;
    }
    Ok(())
}

/// Passes the tests' output on, and counts.
fn stream(test: &mut Command, targets: Targets) -> Result<(Tally, ExitStatus)> {
    let mut tally = Tally::new(targets);
    let (running, reader) = Running::start_piped(test)?;
    let mut reader = BufReader::new(reader);
    let mut line = Vec::new();
    // Tests may print anything, so lines are bytes before they are text.
    while reader
        .read_until(b'\n', &mut line)
        .context("could not read the tests' output")?
        > 0
    {
        let said = String::from_utf8_lossy(&line);
        let said = said.trim_end_matches(['\r', '\n']);
        say(said);
        tally.read(said);
        line.clear();
    }
    Ok((tally, running.wait()?))
}

/// A cargo command on the workspace, or on the packages that the arguments name.
fn cargo(command: &[&str], args: &[&str]) -> Command {
    let mut cargo = Command::new("cargo");
    cargo.current_dir(workspace::root()).args(command);
    if !names_packages(args) {
        cargo.arg("--workspace");
    }
    cargo
        .args(args)
        .env("CARGO_TERM_COLOR", if is_terminal() { "always" } else { "never" });
    cargo
}

fn names_packages(args: &[&str]) -> bool {
    args.iter().any(|arg| {
        matches!(*arg, "--package" | "--workspace" | "--all")
            || arg.starts_with("--package=")
            || (arg.starts_with("-p") && !arg.starts_with("--"))
    })
}

/// Splits at `--`: what cargo reads, and what the test programs read, with the separator.
fn split(args: &[String]) -> (Vec<&str>, &[String]) {
    let end = args.iter().position(|arg| arg == "--").unwrap_or(args.len());
    let (for_cargo, for_tests) = args.split_at(end);
    (for_cargo.iter().map(String::as_str).collect(), for_tests)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_workspace_is_tested_unless_packages_are_named() {
        assert!(!names_packages(&[]));
        assert!(!names_packages(&["--release", "some_test"]));
        for named in [
            &["-p", "x"][..],
            &["-px"],
            &["--package", "x"],
            &["--package=x"],
            &["--workspace"],
        ] {
            assert!(names_packages(named), "{named:?}");
        }
    }

    #[test]
    fn what_follows_two_dashes_is_for_the_test_programs() {
        let args = ["--lib", "--", "--nocapture"].map(String::from);
        let (for_cargo, for_tests) = split(&args);
        assert_eq!(for_cargo, ["--lib"]);
        assert_eq!(for_tests, ["--", "--nocapture"]);
    }
}
