//! The write-ahead log is carried into the database file beside the commits, not by one of them: a checkpoint writes pages all
//! over the file and syncs it, for which the callers of that commit would wait.
//!
//! Under load there is always a commit that came after a checkpoint began, so that the log never is carried over whole, and grows. Once
//! it is long and almost all of it has been carried over, the writing connection does the little that is left between two
//! commits, and the log begins anew.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use sqlx::{Error, SqliteConnection, SqliteExecutor, SqlitePool};
use tokio::{
    sync::mpsc::{self, Receiver, Sender},
    time::sleep,
};

/// How many pages the log may have before a commit carries it over itself, whatever is left to carry: 128 MB, and 256 in a file that
/// has the larger pages of before. It comes to that only when somebody reads for long in what the log would leave behind.
pub(crate) const LOG_PAGES_MAX: u32 = 64_000;

/// How many pages a log has that is to begin anew: 8 MB.
const LOG_PAGES_LONG: i64 = 4_000;

/// How long after a commit its pages are carried over, with those of whoever commits meanwhile: a page that several have changed
/// is carried over once.
const AFTER_A_COMMIT: Duration = Duration::from_secs(1);

/// What the writing connection does for checkpoints.
#[derive(Clone)]
pub(crate) struct WriterSide {
    noticed: Sender<()>,
    almost_done: Arc<AtomicBool>,
}

/// The checkpoints that are made beside it.
pub(crate) struct Checkpoints {
    commits: Receiver<()>,
    almost_done: Arc<AtomicBool>,
}

/// Both ends of it.
pub(crate) fn checkpoints() -> (WriterSide, Checkpoints) {
    let (noticed, commits) = mpsc::channel(1);
    let almost_done = Arc::new(AtomicBool::new(false));
    let writer_side = WriterSide {
        noticed,
        almost_done: Arc::clone(&almost_done),
    };
    (writer_side, Checkpoints { commits, almost_done })
}

impl WriterSide {
    /// Has every commit of this connection noticed.
    pub(crate) async fn notice_commits(&self, connection: &mut SqliteConnection) -> Result<(), Error> {
        let noticed = self.noticed.clone();
        connection.lock_handle().await?.set_commit_hook(move || {
            // When there is no room, one is noticed already, and its checkpoint serves both.
            let _ = noticed.try_send(());
            true
        });
        Ok(())
    }

    /// Carries over what is left of a long log, if that is little; between two transactions.
    pub(crate) async fn finish(&self, connection: &mut SqliteConnection) {
        if self.almost_done.swap(false, Ordering::Relaxed) {
            // Should the disk fail here, it fails the next commit as well, whose caller is told.
            let _ = carry_over(connection).await;
        }
    }
}

impl Checkpoints {
    /// Carries the log over after each commit that is noticed, until the database is closed or gone.
    pub(crate) async fn run(mut self, pool: SqlitePool) {
        while self.commits.recv().await.is_some() {
            sleep(AFTER_A_COMMIT).await;
            if let Err(Error::PoolClosed) = self.make(&pool, LOG_PAGES_LONG).await {
                return;
            }
        }
    }

    /// Makes one; of a log of so many pages it leaves as little as it can, for the writing connection to finish.
    async fn make(&self, pool: &SqlitePool, pages_long: i64) -> Result<(), Error> {
        if carry_over(pool).await? >= pages_long {
            // Once more for what was committed meanwhile, which leaves only what is committed during this.
            carry_over(pool).await?;
            self.almost_done.store(true, Ordering::Relaxed);
        }
        Ok(())
    }
}

/// Carries over what it can, and tells how many pages the log has. Passive: it waits for nobody and nobody waits for it, and what it
/// leaves behind is there for the next.
async fn carry_over(executor: impl SqliteExecutor<'_>) -> Result<i64, Error> {
    let checkpoint = sqlx::query_as("PRAGMA wal_checkpoint(PASSIVE)");
    let (_busy, pages, _carried): (i64, i64, i64) = checkpoint.fetch_one(executor).await?;
    Ok(pages)
}

#[cfg(test)]
mod tests {
    use ringtrue_testkit::builders::creation;

    use super::*;
    use crate::{Location, Options, Sqlite};

    #[tokio::test]
    async fn a_log_of_which_a_little_was_left_begins_anew_once_that_is_carried_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ringtrue.db");
        let sqlite = Sqlite::open(&Options::new(Location::File(path))).await.unwrap();
        sqlite.migrate().await.unwrap();
        let users = sqlite.storage().users;
        let (writer_side, checkpoints) = checkpoints();
        let commit = async |name: &str| users.commit(&[creation(name)]).await.unwrap();
        for (pages_long, almost_done) in [(i64::MAX, false), (1, true)] {
            commit(&format!("first-{almost_done}")).await;
            // A commit that comes after a checkpoint has begun: a reader makes the checkpoint leave it behind.
            let mut reading = sqlite.searchers.begin().await.unwrap();
            sqlx::query("SELECT count(*) FROM users")
                .execute(&mut *reading)
                .await
                .unwrap();
            commit(&format!("late-{almost_done}")).await;
            checkpoints.make(&sqlite.searchers, pages_long).await.unwrap();
            let before = carry_over(&sqlite.searchers).await.unwrap();
            reading.commit().await.unwrap();

            writer_side
                .finish(&mut sqlite.writer.acquire().await.unwrap())
                .await;
            commit(&format!("next-{almost_done}")).await;
            let after = carry_over(&sqlite.searchers).await.unwrap();
            assert_eq!(after < before, almost_done, "{before} pages, then {after}");
        }
    }
}
