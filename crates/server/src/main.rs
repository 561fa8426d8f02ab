//! The binary `ringtrue`: configuration, command line, and the wiring of ports to adapters.

mod certificate;
mod cli;
mod config;
mod console;
mod database;
mod embedded;
mod failure;
mod serve;
mod system;
mod tokens;

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// A fifth of a call's processor time, beside the system's (`docs/performance.md`).
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    cli::run()
}
