//! The write-ahead log is carried into the database file beside the commits, not by one of them: a checkpoint writes pages all
//! over the file and syncs it, for which the callers of that commit would wait.

use std::{sync::Arc, time::Duration};

use sqlx::{Error, SqliteConnection, SqlitePool};
use tokio::{sync::Notify, task::JoinSet, time::sleep};

/// Pages that the log may hold before commits carry them over themselves: 32 MB, which the disk is this far behind for.
pub(crate) const LOG_PAGES_MAX: u32 = 8_000;

/// How long after a commit its pages are carried over, with those of whoever commits meanwhile.
const AFTER_A_COMMIT: Duration = Duration::from_millis(50);

/// Who waits for commits, so that nothing runs while nobody writes. Cloning shares the wait.
#[derive(Debug, Clone, Default)]
pub(crate) struct Commits(Arc<Notify>);

impl Commits {
    /// Has every commit of this connection noticed.
    pub(crate) async fn watch(self, connection: &mut SqliteConnection) -> Result<(), Error> {
        connection.lock_handle().await?.set_commit_hook(move || {
            self.0.notify_one();
            true
        });
        Ok(())
    }
}

/// The task that carries the log over. Cloning shares it; it ends with the last clone.
#[derive(Debug, Clone)]
pub(crate) struct Checkpoints {
    pool: SqlitePool,
    _task: Arc<JoinSet<()>>,
}

impl Checkpoints {
    /// Starts after each of these commits, over a pool that nobody else uses.
    pub(crate) fn after(commits: Commits, pool: SqlitePool) -> Self {
        let mut task = JoinSet::new();
        task.spawn(carry_over(commits, pool.clone()));
        Self {
            pool,
            _task: Arc::new(task),
        }
    }

    /// Waits for a checkpoint that is under way; there is none after it.
    pub(crate) async fn close(&self) {
        self.pool.close().await;
    }
}

async fn carry_over(commits: Commits, pool: SqlitePool) {
    loop {
        commits.0.notified().await;
        sleep(AFTER_A_COMMIT).await;
        // Passive: it waits for nobody and nobody waits for it. What it leaves behind is there for the next.
        let carried = sqlx::query("PRAGMA wal_checkpoint(PASSIVE)").execute(&pool).await;
        if let Err(Error::PoolClosed) = carried {
            return;
        }
    }
}
