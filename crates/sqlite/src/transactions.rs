use std::time::Duration;

use ringtrue_core::port::StoreError;
use sqlx::{SqliteConnection, SqlitePool};
use tokio::{
    sync::{
        mpsc::{self, Receiver, Sender},
        oneshot,
    },
    time::Instant,
};

use crate::{error::store_error, visit::JsonQuery};

/// How many transactions one after the other keep the writing connection from those who want it for something else.
const IN_A_ROW_MAX: usize = 8;

/// The text of a transaction of these files' statements.
macro_rules! transaction {
    ($($file:literal),+) => {
        concat!("BEGIN IMMEDIATE;", $(include_str!($file), ";",)+ "COMMIT")
    };
}
pub(crate) use transaction;

/// Transactions that are one query each ([`transaction!`]).
///
/// One task runs them in the order in which they come, and keeps the writing connection as long as there is another. Given back
/// after each, it would be asked by the pool whether it stands, and then whoever is next would be woken: nobody writes meanwhile. A
/// caller who goes away leaves none of them half done.
#[derive(Debug, Clone)]
pub(crate) struct Transactions {
    jobs: Sender<Job>,
    wait_max: Duration,
}

struct Job {
    query: JsonQuery,
    /// Later than that it is not begun.
    begin_by: Instant,
    answer: oneshot::Sender<Result<Vec<String>, StoreError>>,
}

impl Transactions {
    /// They are run on this pool's connection, for as long as somebody has a copy of what is returned.
    pub(crate) fn on(writer: SqlitePool, wait_max: Duration) -> Self {
        // Those for whom there is no room wait outside, in order.
        let (jobs, queue) = mpsc::channel(1);
        tokio::spawn(work_off(queue, writer));
        Self { jobs, wait_max }
    }

    /// Runs one; a row for each of its parts that answers. One that could not be begun in time is shed.
    pub(crate) async fn run(&self, query: JsonQuery) -> Result<Vec<String>, StoreError> {
        let begin_by = Instant::now() + self.wait_max;
        let (answer, answered) = oneshot::channel();
        let job = Job {
            query,
            begin_by,
            answer,
        };
        let gone = || StoreError::Unavailable("the task that writes is gone".into());
        self.jobs.send(job).await.map_err(|_| gone())?;
        answered.await.map_err(|_| gone())?
    }
}

async fn work_off(mut queue: Receiver<Job>, writer: SqlitePool) {
    while let Some(first) = queue.recv().await {
        // Who has waited too long already does not have those behind wait for the connection.
        let Some(first) = first.in_time() else {
            continue;
        };
        let mut connection = match writer.acquire().await {
            Ok(connection) => connection,
            Err(error) => {
                let _ = first.answer.send(Err(store_error(error)));
                continue;
            }
        };
        let mut next = Some(first);
        let mut left = IN_A_ROW_MAX;
        while let Some(job) = next {
            if let Some(job) = job.in_time() {
                job.run(&mut connection).await;
            }
            left -= 1;
            next = if left > 0 { queue.try_recv().ok() } else { None };
        }
    }
}

impl Job {
    /// The job, if somebody still waits for it and has not waited too long.
    fn in_time(self) -> Option<Self> {
        if self.begin_by <= Instant::now() {
            let _ = self.answer.send(Err(StoreError::Overloaded));
            return None;
        }
        (!self.answer.is_closed()).then_some(self)
    }

    async fn run(self, connection: &mut SqliteConnection) {
        let rows = self.query.fetch_all(&mut *connection).await;
        if rows.is_err() {
            // Refused when the transaction never began, or when SQLite has ended it by itself.
            let _ = sqlx::query("ROLLBACK").execute(connection).await;
        }
        let _ = self.answer.send(rows.map_err(store_error));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    };

    use ringtrue_core::port::CommitOutcome;
    use ringtrue_testkit::builders::creation;

    use super::*;
    use crate::{Location, Options, Sqlite};

    async fn in_memory() -> Sqlite {
        let sqlite = Sqlite::open(&Options::new(Location::Memory)).await.unwrap();
        sqlite.migrate().await.unwrap();
        sqlite
    }

    const NOTHING: &str = "BEGIN IMMEDIATE; COMMIT";
    /// Two rows, and between them more answers than sqlx holds, so that it goes no further while nobody takes them.
    const WRITE: &str = "BEGIN IMMEDIATE; INSERT INTO upkeep VALUES ('test 1', 1); \
                         WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 200) \
                         SELECT CAST(n AS TEXT) FROM number; \
                         INSERT INTO upkeep VALUES ('test 2', 1); COMMIT";

    /// So many turns of the runtime.
    async fn turns(count: usize) {
        for _turn in 0..count {
            tokio::task::yield_now().await;
        }
    }

    async fn written(sqlite: &Sqlite) -> i64 {
        let count = sqlx::query_scalar("SELECT count(*) FROM upkeep WHERE task LIKE 'test%'");
        count.fetch_one(&sqlite.writer).await.unwrap()
    }

    #[tokio::test]
    async fn one_that_fails_is_undone_and_the_next_one_begins_anew() {
        let sqlite = in_memory().await;
        let fails = "BEGIN IMMEDIATE; INSERT INTO upkeep VALUES ('test', 1); SELECT 1 FROM nowhere; COMMIT";
        let failed = sqlite.transactions.run(sqlx::query_scalar(fails)).await;
        assert!(matches!(failed, Err(StoreError::Rejected(_))), "{failed:?}");
        assert_eq!(written(&sqlite).await, 0);
        sqlite.transactions.run(sqlx::query_scalar(WRITE)).await.unwrap();
        assert_eq!(written(&sqlite).await, 2);
    }

    #[tokio::test]
    async fn one_whose_caller_goes_away_is_done_whole_or_not_at_all() {
        let sqlite = in_memory().await;
        let mut whole = 0;
        // Dropped before it was handed over, when it was, and once it is under way.
        for count in 0..50 {
            let mut running = Box::pin(sqlite.transactions.run(sqlx::query_scalar(WRITE)));
            tokio::select! {
                biased;
                _ = &mut running => {}
                () = turns(count) => {}
            }
            drop(running);
            // In line behind it.
            let end = sqlite.transactions.run(sqlx::query_scalar(
                "BEGIN IMMEDIATE; SELECT CAST(count(*) AS TEXT) FROM upkeep WHERE task LIKE 'test%'; \
                 DELETE FROM upkeep WHERE task LIKE 'test%'; COMMIT",
            ));
            match end.await.unwrap()[0].as_str() {
                "0" => {}
                "2" => whole += 1,
                half => panic!("{half} of 2 rows, dropped after {count} turns"),
            }
        }
        assert!(whole > 0, "none was under way");
    }

    #[tokio::test]
    async fn one_that_could_not_begin_in_time_is_shed_and_not_done() {
        let sqlite = in_memory().await;
        let impatient = Transactions {
            wait_max: Duration::ZERO,
            ..sqlite.transactions.clone()
        };
        // Shed while somebody else has the connection, for whom nobody behind it has to wait either.
        let held = sqlite.writer.acquire().await.unwrap();
        let shed = tokio::select! {
            biased;
            shed = impatient.run(sqlx::query_scalar(WRITE)) => shed,
            () = turns(100) => panic!("it waits for the connection all the same"),
        };
        drop(held);
        assert!(matches!(shed, Err(StoreError::Overloaded)), "{shed:?}");
        assert_eq!(written(&sqlite).await, 0);
    }

    #[tokio::test]
    async fn many_in_a_row_let_others_have_the_connection() {
        let sqlite = in_memory().await;
        let done = Arc::new(AtomicUsize::new(0));
        let busy: Vec<_> = (0..4)
            .map(|_| {
                let (transactions, done) = (sqlite.transactions.clone(), Arc::clone(&done));
                tokio::spawn(async move {
                    loop {
                        transactions.run(sqlx::query_scalar(NOTHING)).await.unwrap();
                        done.fetch_add(1, Ordering::Relaxed);
                    }
                })
            })
            .collect();
        // They are at it when this comes back.
        sqlite
            .transactions
            .run(sqlx::query_scalar(NOTHING))
            .await
            .unwrap();
        let before = done.load(Ordering::Relaxed);
        let outcomes = sqlite.storage().users.commit(&[creation("ada")]).await.unwrap();
        assert_eq!(outcomes, [CommitOutcome::Committed]);
        let others = done.load(Ordering::Relaxed) - before;
        assert!(others <= 2 * IN_A_ROW_MAX, "{others} came first");
        busy.iter().for_each(tokio::task::JoinHandle::abort);
    }
}
