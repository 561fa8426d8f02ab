use std::path::Path;

use clap::Args;

use super::block_on;
use crate::{config::Config, console::note, database::Database, failure::Failure};

/// Bring the schema of the configured database up to date, and exit
///
/// `serve` does the same when it starts. A database that a newer ringtrue has migrated is refused.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  ringtrue migrate --config /etc/ringtrue.toml")]
pub(super) struct Migrate {}

impl Migrate {
    pub(super) fn run(file: Option<&Path>) -> Result<(), Failure> {
        let config = Config::load(file)?;
        block_on(async {
            let database = Database::open(&config.storage).await?;
            database.close().await;
            note("the schema is up to date");
            Ok(())
        })
    }
}
