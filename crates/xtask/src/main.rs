//! Ringtrue's development tasks, run as `cargo xtask <task>`.

mod apt;
mod bench;
mod build;
mod clients;
mod console;
mod deps;
mod fuzz;
mod instructions;
#[cfg(test)]
mod links;
mod postgres;
mod process;
mod reference;
mod test;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::console::say;

/// Ringtrue's development tasks.
#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Runs every test, with a PostgreSQL cluster and foreign clients set up for it.
    ///
    /// Whatever follows is handed to `cargo test`, for example `-p ringtrue-postgres` or `-- --nocapture`.
    Test {
        #[arg(
            trailing_var_arg = true,
            allow_hyphen_values = true,
            value_name = "CARGO TEST ARGUMENTS"
        )]
        args: Vec<String>,
    },
    /// Runs the table of cases by every official client, and prints it.
    Sdk,
    /// Measures the release build against what PostgreSQL and SQLite do one transaction at a time.
    ///
    /// Without cases it runs them all and writes docs/performance.md; with some, it prints and keeps the figures in
    /// the target folder.
    Bench(bench::Options),
    /// Counts the instructions of a call, and fails if they have grown by more than 5 % over what is recorded.
    Instructions(instructions::Options),
    /// Runs the samples of the reference in every language that is there or can be installed.
    Snippets,
    /// Tries the reference against the server with made-up requests, at length.
    Schemathesis,
    /// Checks which crate uses which, against the table in this task's source.
    Deps,
    /// Looks for inputs that break a promise of a parser: ten minutes for each, if not told otherwise.
    Fuzz(fuzz::Options),
}

/// The table's tests, one storage after the other, and all that they say.
const SDK_TABLE: [&str; 8] = [
    "-p",
    "ringtrue-server",
    "--test",
    "process",
    "--",
    "sdk::",
    "--nocapture",
    "--test-threads=1",
];

fn main() -> ExitCode {
    let done = match Cli::parse().task {
        Task::Test { args } => test::run(&args),
        Task::Sdk => test::run(&SDK_TABLE.map(str::to_owned)),
        Task::Bench(options) => bench::run(&options),
        Task::Instructions(options) => instructions::run(&options),
        Task::Snippets => reference::snippets(),
        Task::Schemathesis => reference::schemathesis(),
        Task::Deps => deps::run(),
        Task::Fuzz(options) => fuzz::run(&options),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(format_args!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
