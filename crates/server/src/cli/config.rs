use std::path::Path;

use clap::Subcommand;

use crate::{
    config,
    console::{note, print},
    failure::Failure,
};

/// Check and show the configuration
#[derive(Debug, Subcommand)]
pub(super) enum Config {
    /// Look for every problem of the configuration without starting anything
    ///
    /// Reads the file, the environment and the files of secrets as `serve` does. Exits with 2 if there are problems, each of
    /// them named with its key.
    #[command(after_help = "\
Example:
  ringtrue config check --config /etc/ringtrue.toml")]
    Check,
    /// Show what is in force, and where each value came from; secrets are masked
    #[command(after_help = "\
Example:
  ringtrue config show --config /etc/ringtrue.toml")]
    Show,
    /// Write the page docs/configuration.md to standard output
    #[command(hide = true)]
    Reference,
}

impl Config {
    pub(super) fn run(self, file: Option<&Path>) -> Result<(), Failure> {
        match self {
            Self::Check => {
                config::Config::load(file)?;
                note("the configuration is sound");
            }
            Self::Show => {
                print(config::show::effective(file)?.trim_end());
                // What is wrong is said after what is there.
                config::Config::load(file)?;
            }
            Self::Reference => print(config::reference::page().trim_end()),
        }
        Ok(())
    }
}
