use std::io::{IsTerminal as _, stderr};

use tracing_subscriber::EnvFilter;

use crate::config::log_filter;

/// Starts the log, on standard error; `RINGTRUE_LOG` says what is in it.
pub(crate) fn start_log() {
    let filter = log_filter().unwrap_or_default();
    let filter = EnvFilter::builder()
        .with_default_directive(tracing::Level::INFO.into())
        .parse_lossy(filter);
    // What sqlx does not know in a database's address it says with its value, which may be a password.
    let filter = match "sqlx_postgres::options=off".parse() {
        Ok(silent) => filter.add_directive(silent),
        Err(_) => filter,
    };
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(stderr)
        .with_ansi(stderr().is_terminal())
        // It would say that the log cannot be written where the log is written, and panic since that cannot be written either.
        .log_internal_errors(false)
        .finish();
    // Not `init`, which would add what libraries write to the crate `log`: the one that reads telephone numbers writes them
    // there. It fails if there is a log already, which then goes on.
    let _ = tracing::subscriber::set_global_default(log);
}
