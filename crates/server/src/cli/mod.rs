//! The command line: one file per command.

mod config;
mod inbox;
mod migrate;
mod org;
mod serve;
mod token;

use std::{future::Future, path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};

use crate::{console, failure::Failure};

/// Verifies that people hold their phones: answers ZITADEL's v2 user-phone API over REST, gRPC, gRPC-Web and Connect.
///
/// Without a command it serves. With nothing configured it keeps a SQLite file in .ringtrue/, captures messages in place
/// of sending them, and prints three lines of curl to begin with.
#[derive(Debug, Parser)]
#[command(
    name = "ringtrue",
    version,
    after_help = "\
Examples:
  ringtrue                                      serve with what ringtrue.toml and RINGTRUE_… say
  ringtrue serve --config /etc/ringtrue.toml    serve with this file
  ringtrue token create --service shop --role IAM_USER_MANAGER
  ringtrue inbox                                the messages that were captured in place of being sent

Exit codes: 0 done, 1 failed, 2 wrong arguments or configuration."
)]
struct Cli {
    /// The configuration file; without it ringtrue.toml in the working directory is read, if there is one
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    Serve(serve::Serve),
    Migrate(migrate::Migrate),
    #[command(subcommand)]
    Token(token::Token),
    #[command(subcommand)]
    Org(org::Org),
    Inbox(inbox::Inbox),
    #[command(subcommand)]
    Config(config::Config),
}

/// Does what the arguments ask for.
pub(crate) fn run() -> ExitCode {
    let cli = Cli::parse();
    let file = cli.config.as_deref();
    let done = match cli.command.unwrap_or(Command::Serve(serve::Serve {})) {
        Command::Serve(_) => serve::Serve::run(file),
        Command::Migrate(_) => migrate::Migrate::run(file),
        Command::Token(command) => command.run(file),
        Command::Org(command) => command.run(file),
        Command::Inbox(command) => command.run(file),
        Command::Config(command) => command.run(file),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            console::note(format_args!("ringtrue: {failure}"));
            failure.exit_code()
        }
    }
}

/// Runs a command that waits for storage or the network.
fn block_on(command: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::because("could not start the runtime", &error))?;
    let done = runtime.block_on(command);
    // A thread that waits for another process's lock is not waited for.
    runtime.shutdown_background();
    done
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_bare_ringtrue_serves_and_takes_the_file_wherever_it_stands() {
        assert!(Cli::try_parse_from(["ringtrue"]).unwrap().command.is_none());
        for args in [
            ["ringtrue", "--config", "x.toml", "serve"],
            ["ringtrue", "serve", "--config", "x.toml"],
        ] {
            let cli = Cli::try_parse_from(args).unwrap();
            assert!(matches!(cli.command, Some(Command::Serve(_))));
            assert_eq!(cli.config, Some("x.toml".into()));
        }
    }

    #[test]
    fn every_help_shows_how_it_is_used() {
        fn check(command: &mut clap::Command) {
            let help = command.render_long_help().to_string();
            let generated = command.get_name() == "help" || command.is_hide_set();
            if !generated && !command.has_subcommands() {
                assert!(help.contains("Example"), "{}", command.get_name());
            }
            for below in command.get_subcommands_mut() {
                check(below);
            }
        }
        check(&mut Cli::command());
    }
}
