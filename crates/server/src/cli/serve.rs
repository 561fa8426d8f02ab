use std::{num::NonZeroUsize, path::Path, thread};

use clap::Args;
use ringtrue_api::Workers;

use super::block_on;
use crate::{config::Config, failure::Failure, serve};

/// Serve the API until SIGTERM or Ctrl-C; the default command
///
/// Opens the database, brings its schema up to date, creates the default organisation if it is missing, and prints
/// "listening on URL" when calls are taken. On SIGTERM or Ctrl-C `/ready` turns 503, calls in flight finish, and the process
/// exits within `server.drain_delay` and `server.shutdown_grace`; a second signal ends it at once.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ringtrue serve
  ringtrue serve --config /etc/ringtrue.toml
  RINGTRUE_SERVER__LISTEN=127.0.0.1:9000 RINGTRUE_LOG=debug ringtrue serve")]
pub(super) struct Serve {}

impl Serve {
    pub(super) fn run(file: Option<&Path>) -> Result<(), Failure> {
        let config = Config::load(file)?;
        serve::start_log();
        let cores = || thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        let threads = config.server.worker_threads.unwrap_or_else(cores).get();
        // This thread is one of them.
        let workers = Workers::start(threads - 1).map_err(|error| {
            Failure::because("could not start the threads of server.worker_threads", &error)
        })?;
        // Here they outlive the database, whose connections they open.
        block_on(serve::serve(config, &workers))
    }
}
