//! `cargo xtask fuzz`: looks for inputs that break a promise, one target after the other.
//!
//! The corpora in `fuzz/corpus` are where it begins, and are run as tests by everybody. What it finds on its way is kept
//! in `.tools/fuzz`, from where it goes on the next time; an input that breaks a promise is in `fuzz/artifacts`.

mod statistics;

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use clap::Args;

use self::statistics::Statistics;
use crate::console::{say, step};
use crate::process::{self, Running};
use crate::{apt, workspace};

/// The version is part of what is promised: another one may build otherwise.
const CARGO_FUZZ: &str = "0.13.2";
/// No input takes as long as this.
const SECONDS_PER_INPUT_MAX: u32 = 5;
/// Longer inputs say nothing that shorter ones do not.
const INPUT_LEN_MAX: u32 = 4096;

/// What to look into, and how long.
#[derive(Args)]
pub(crate) struct Options {
    /// The targets; all of them if none is named
    targets: Vec<String>,
    /// How long to look into each
    #[arg(long, default_value_t = 600, value_parser = clap::value_parser!(u32).range(1..))]
    seconds: u32,
    /// Afterwards adds to `fuzz/corpus` what reaches code that nothing in there reaches
    #[arg(long)]
    keep: bool,
}

/// Fuzzes, prints a table, and fails if a promise was broken.
pub(crate) fn run(options: &Options) -> Result<()> {
    process::watch_signals()?;
    let fuzzer = Fuzzer::find_or_install()?;
    let known = targets()?;
    for named in &options.targets {
        ensure!(
            known.contains(named),
            "there is no target {named}: there are {known:?}"
        );
    }
    let wanted = known
        .iter()
        .filter(|target| options.targets.is_empty() || options.targets.contains(target));
    let mut broken = Vec::new();
    let mut rows = vec![Statistics::HEAD.to_owned()];
    for target in wanted {
        step(format_args!("fuzzing {target} for {} s", options.seconds));
        let (statistics, held) = fuzzer.fuzz(target, options.seconds)?;
        if options.keep && held {
            fuzzer.keep(target)?;
        }
        let inputs = count(&corpus(target))?;
        rows.push(statistics.row(target, inputs, held));
        if !held {
            broken.push(target.as_str());
        }
    }
    say(format_args!("\n{}", rows.join("\n")));
    ensure!(
        broken.is_empty(),
        "a promise is broken; the inputs are in fuzz/artifacts: {broken:?}"
    );
    Ok(())
}

/// cargo-fuzz, on the toolchain of the project.
struct Fuzzer {
    program: PathBuf,
}

impl Fuzzer {
    fn find_or_install() -> Result<Self> {
        // libFuzzer is C++.
        if !process::works(Command::new("c++").arg("--version")) {
            apt::install("a C++ compiler", &["g++"])?;
        }
        let root = workspace::tools().join("cargo-fuzz");
        let program = root.join("bin/cargo-fuzz");
        let said = Command::new(&program).arg("--version").output();
        let wanted = format!("cargo-fuzz {CARGO_FUZZ}\n");
        if !said.is_ok_and(|said| said.stdout == wanted.as_bytes()) {
            step(format_args!(
                "installing cargo-fuzz {CARGO_FUZZ} in .tools/cargo-fuzz"
            ));
            let mut install = Command::new("cargo");
            install
                .args(["install", "--quiet", "--locked", "cargo-fuzz"])
                .args(["--version", CARGO_FUZZ, "--root"])
                .arg(&root);
            process::run(&mut install).context("could not install cargo-fuzz")?;
        }
        Ok(Self { program })
    }

    /// Fuzzes a target and tells whether it held.
    fn fuzz(&self, target: &str, seconds: u32) -> Result<(Statistics, bool)> {
        let seeds = corpus(target);
        let mut command = self.command(target, &[&found(target)?, &seeds]);
        command.args([
            format!("-max_total_time={seconds}"),
            format!("-max_len={INPUT_LEN_MAX}"),
            "-print_final_stats=1".to_owned(),
        ]);
        let (running, reader) = Running::start_piped(&mut command)?;
        let mut statistics = Statistics::default();
        for line in BufReader::new(reader).lines() {
            let line = line.context("could not read what the fuzzer said")?;
            statistics.read(&line);
            say(line);
        }
        Ok((statistics, running.wait()?.success()))
    }

    /// Adds the smallest finds that reach what the corpus does not.
    fn keep(&self, target: &str) -> Result<()> {
        let mut merge = self.command(target, &[&corpus(target), &found(target)?]);
        // Edges alone: how often one is taken would keep a hundred variants of the same.
        merge.args(["-merge=1", "-use_counters=0"]);
        process::run_quietly(&mut merge).with_context(|| format!("could not keep the finds of {target}"))?;
        Ok(())
    }

    fn command(&self, target: &str, corpora: &[&Path]) -> Command {
        let mut command = Command::new(&self.program);
        command
            .current_dir(workspace::root())
            // The instruments are unstable, and in the stable compiler all the same.
            .env("RUSTC_BOOTSTRAP", "1")
            .args(["run", "--target-dir"])
            .arg(workspace::tools().join("fuzz-target"))
            .arg(target)
            .args(corpora)
            .args(["--", &format!("-timeout={SECONDS_PER_INPUT_MAX}")]);
        command
    }
}

/// The targets, by the names of their sources.
fn targets() -> Result<BTreeSet<String>> {
    let sources = workspace::root().join("fuzz/fuzz_targets");
    let sources = fs::read_dir(sources).context("could not list the fuzz targets")?;
    let names = sources.map(|source| {
        let path = source.context("could not list a fuzz target")?.path();
        let name = path.file_stem().context("a source has a name")?;
        Ok(name.to_string_lossy().into_owned())
    });
    names.collect()
}

fn corpus(target: &str) -> PathBuf {
    workspace::root().join("fuzz/corpus").join(target)
}

/// Where finds are kept between runs.
fn found(target: &str) -> Result<PathBuf> {
    let folder = workspace::tools().join("fuzz").join(target);
    fs::create_dir_all(&folder).context("could not make a folder for finds")?;
    Ok(folder)
}

fn count(folder: &Path) -> Result<usize> {
    Ok(fs::read_dir(folder).context("could not list a corpus")?.count())
}
