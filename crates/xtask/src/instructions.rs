//! `cargo xtask instructions`: how many instructions a call takes, beside what is recorded.
//!
//! Unlike a time, the number hardly depends on the machine or on what else it does: a change that makes calls dearer is
//! seen before it is felt. Counted is everything in the server's process but the kernel, with storage in memory.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use clap::Args;

use crate::console::{say, step};
use crate::{apt, build, process, workspace};

/// The calls that are counted; `crates/api/examples/instructions.rs` makes them.
const CALLS: [&str; 2] = ["set", "verify"];
/// How many of each are counted.
const TIMES: u32 = 500;
/// How many percent more a call may take than is recorded.
const GROWTH_PERCENT_MAX: u64 = 5;
/// How many functions a profile shows.
const FUNCTIONS: usize = 30;

/// Instructions of one call, by its name.
type Counts = BTreeMap<String, u64>;

/// What to do with what was counted.
#[derive(Args)]
pub(crate) struct Options {
    /// Records what was counted, for a change that has a reason to cost more, or that costs less
    #[arg(long)]
    record: bool,
    /// Shows which functions the instructions are in
    #[arg(long)]
    profile: bool,
}

/// Counts, and records the counts or holds them against the record.
pub(crate) fn run(options: &Options) -> Result<()> {
    process::watch_signals()?;
    let counts = count(options.profile)?;
    if options.record {
        let text = serde_json::to_string_pretty(&counts).context("could not write the counts")?;
        return fs::write(record(), text + "\n").context("could not record the counts");
    }
    compare(&counts)
}

/// Counts, and fails if a call has become dearer than is recorded.
pub(crate) fn check() -> Result<()> {
    compare(&count(false)?)
}

fn count(profile: bool) -> Result<Counts> {
    install_valgrind()?;
    step("building what is counted");
    let args = [
        "--profile",
        "instructions",
        "--package",
        "ringtrue-api",
        "--example",
        "instructions",
    ];
    let program = build::program("instructions", &args)?;
    let folder = tempfile::tempdir().context("could not make a folder")?;
    let mut counts = Counts::new();
    for call in CALLS {
        let total = count_calls(&program, call, folder.path(), profile)?;
        counts.insert(call.to_owned(), total / u64::from(TIMES));
    }
    Ok(counts)
}

/// Makes the calls under callgrind, and gives the instructions of all of them.
fn count_calls(program: &Path, call: &str, folder: &Path, profile: bool) -> Result<u64> {
    step(format_args!("counting the instructions of {TIMES} times {call}"));
    let out = folder.join(call);
    let mut valgrind = Command::new("valgrind");
    valgrind
        .args(["--tool=callgrind", "--toggle-collect=instructions::measured*"])
        .arg(format!("--callgrind-out-file={}", out.display()))
        .arg(program)
        .args([call, &TIMES.to_string()]);
    process::run_quietly(&mut valgrind)?;
    if profile {
        let said = process::run_quietly(Command::new("callgrind_annotate").arg(&out))?;
        let functions = said.lines().skip_while(|line| !line.contains("file:function"));
        for line in functions.take(FUNCTIONS + 2) {
            say(line);
        }
    }
    let counted = fs::read_to_string(&out).context("could not read what callgrind counted")?;
    total(&counted).context("callgrind counted nothing")
}

/// Reads the line `totals: 123`.
fn total(counted: &str) -> Option<u64> {
    let totals = counted.lines().find_map(|line| line.strip_prefix("totals: "))?;
    totals.trim().parse().ok().filter(|total| *total > 0)
}

fn compare(counts: &Counts) -> Result<()> {
    let recorded = fs::read_to_string(record()).context("could not read the recorded counts")?;
    let recorded: Counts =
        serde_json::from_str(&recorded).context("could not understand the recorded counts")?;
    let mut dearer = Vec::new();
    for (call, now) in counts {
        let before = recorded.get(call).copied().unwrap_or_default();
        say(format_args!("{call}: {now} instructions, recorded are {before}"));
        if is_dearer(*now, before) {
            dearer.push(call.as_str());
        }
    }
    if !dearer.is_empty() {
        bail!(
            "more than {GROWTH_PERCENT_MAX} % dearer than recorded: {}. `cargo xtask instructions --profile` shows what \
             takes the instructions; if they are worth it, `cargo xtask instructions --record` records them",
            dearer.join(", ")
        );
    }
    Ok(())
}

fn is_dearer(now: u64, before: u64) -> bool {
    now * 100 > before * (100 + GROWTH_PERCENT_MAX)
}

fn record() -> PathBuf {
    workspace::root().join("crates/xtask/src/instructions.json")
}

fn install_valgrind() -> Result<()> {
    if process::works(Command::new("valgrind").arg("--version")) {
        return Ok(());
    }
    apt::install("valgrind", &["valgrind"])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_percent_more_is_let_pass_and_more_is_not() {
        assert!(!is_dearer(100_000, 100_000));
        assert!(!is_dearer(105_000, 100_000));
        assert!(is_dearer(105_001, 100_000));
        assert!(is_dearer(1, 0), "what was never recorded is not let pass");
    }

    #[test]
    fn the_total_is_found_among_what_callgrind_wrote() {
        assert_eq!(total("events: Ir\n\ntotals: 4711\n"), Some(4711));
        assert_eq!(total("totals: 0\n"), None, "nothing was collected");
        assert_eq!(total("events: Ir\n"), None);
    }

    #[test]
    fn every_call_is_recorded() {
        let recorded: Counts = serde_json::from_str(include_str!("instructions.json")).unwrap();
        assert_eq!(recorded.keys().map(String::as_str).collect::<Vec<_>>(), CALLS);
    }
}
