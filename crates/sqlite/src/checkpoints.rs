//! The write-ahead log is carried into the database file beside the commits, not by one of them: a checkpoint writes pages all
//! over the file and syncs it, for which the callers of that commit would wait.

use std::time::Duration;

use sqlx::{Error, SqliteConnection, SqlitePool};
use tokio::{
    sync::mpsc::{Receiver, Sender},
    time::sleep,
};

/// How many pages the log may have before a commit carries it over itself: 128 MB, and 256 in a file that has the larger pages of
/// before. Under load it comes to that, since others never carry it over whole while commits follow each other.
pub(crate) const LOG_PAGES_MAX: u32 = 64_000;

/// How long after a commit its pages are carried over, with those of whoever commits meanwhile: a page that several have changed
/// is carried over once.
const AFTER_A_COMMIT: Duration = Duration::from_millis(300);

/// Has every commit of this connection noticed.
pub(crate) async fn notice_commits(
    connection: &mut SqliteConnection,
    noticed: Sender<()>,
) -> Result<(), Error> {
    connection.lock_handle().await?.set_commit_hook(move || {
        // When there is no room, one is noticed already, and its checkpoint serves both.
        let _ = noticed.try_send(());
        true
    });
    Ok(())
}

/// Carries the log over after each commit that is noticed, until the database is closed or gone.
pub(crate) async fn carry_over(mut commits: Receiver<()>, pool: SqlitePool) {
    while commits.recv().await.is_some() {
        sleep(AFTER_A_COMMIT).await;
        // Passive: it waits for nobody and nobody waits for it. What it leaves behind is there for the next.
        let carried = sqlx::query("PRAGMA wal_checkpoint(PASSIVE)").execute(&pool).await;
        if let Err(Error::PoolClosed) = carried {
            return;
        }
    }
}
