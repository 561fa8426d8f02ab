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

fn main() -> ExitCode {
    cli::run()
}
