//! The machine, as far as the figures depend on it.

use std::fs;
use std::process::Command;
use std::thread::available_parallelism;

use anyhow::{Context as _, Result};

use crate::postgres::Programs;
use crate::process;

/// One line: processor, memory, kernel, and the versions of what was measured and built.
pub(crate) fn describe(programs: &Programs) -> String {
    let cores = available_parallelism().map_or(0, usize::from);
    let processor = field("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown processor".to_owned());
    let gibibytes = memory_mib().map_or(0, |mebibytes| mebibytes.div_ceil(1024));
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    // What follows the number names a distribution's build.
    let kernel = kernel.trim().split('-').next().unwrap_or_default();
    let postgres = said(programs.command("postgres").arg("--version"));
    let postgres = postgres.trim_start_matches("postgres (PostgreSQL) ");
    let postgres = postgres.split(' ').next().unwrap_or_default();
    let rustc = said(Command::new("rustc").arg("--version"));
    let rustc = rustc.split(' ').nth(1).unwrap_or_default();
    format!(
        "{cores} cores ({processor}), {gibibytes} GiB of memory, Linux {kernel}, PostgreSQL {postgres}, rustc {rustc}"
    )
}

/// How much memory there is, in MiB.
pub(crate) fn memory_mib() -> Result<u64> {
    let kibibytes = field("/proc/meminfo", "MemTotal")
        .and_then(|total| total.split(' ').next()?.parse::<u64>().ok())
        .context("the kernel does not say how much memory there is")?;
    Ok(kibibytes / 1024)
}

fn field(file: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(file).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

fn said(command: &mut Command) -> String {
    process::run_quietly(command)
        .unwrap_or_default()
        .trim()
        .to_owned()
}
