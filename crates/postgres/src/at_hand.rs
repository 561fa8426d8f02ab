//! Connections that the busiest statements keep, in place of giving them back to the pool after each.

use std::{
    collections::HashSet,
    io,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use sqlx::{
    Connection as _, Execute, Executor as _, PgConnection, PgPool, Postgres, pool::PoolConnection,
    postgres::PgRow,
};
use tokio::time::{Instant, error::Elapsed, timeout};

use crate::{Options, batch::Batch};

/// After this long a connection goes back to the pool, which knows how old one may get.
const KEPT_FOR_MAX: Duration = Duration::from_mins(10);

/// Whether a connection that has rested can be used again: after more than `rest_max` it is asked.
pub(crate) async fn stands(connection: &mut PgConnection, rested: Duration, rest_max: Duration) -> bool {
    rested <= rest_max || connection.ping().await.is_ok()
}

/// Connections at hand: the one that was used last is used next.
///
/// The pool asks each that comes back whether it still stands, which is a round trip for every statement, and hands out the one
/// that has rested longest, whose process at the server has lost its caches.
#[derive(Debug, Clone)]
pub(crate) struct AtHand(Arc<Kept>);

#[derive(Debug)]
struct Kept {
    pool: PgPool,
    /// Half of the pool's: there are others who want one.
    len_max: usize,
    rest_max: Duration,
    answer_max: Duration,
    resting: Mutex<Vec<Resting>>,
}

#[derive(Debug)]
struct Resting {
    taken: Taken,
    at_rest_since: Instant,
}

/// A connection that has been out of the pool since some time; dropped, it goes back there.
#[derive(Debug)]
struct Taken {
    connection: PoolConnection<Postgres>,
    since: Instant,
}

impl AtHand {
    pub(crate) fn new(pool: PgPool, options: &Options) -> Self {
        Self(Arc::new(Kept {
            pool,
            len_max: usize::try_from(options.max_connections / 2).unwrap_or_default(),
            rest_max: options.rest_max,
            // The server gives a statement up before that, and says so, unless it cannot be heard any more.
            answer_max: options.statement_timeout * 2,
            resting: Mutex::default(),
        }))
    }

    /// The pool that those come from.
    pub(crate) fn pool(&self) -> &PgPool {
        &self.0.pool
    }

    /// Asks for all rows of a statement. What becomes of one that is not answered is unknown.
    pub(crate) async fn fetch_all<'q>(
        &self,
        statement: impl Execute<'q, Postgres> + 'q,
    ) -> Result<Vec<PgRow>, sqlx::Error> {
        let mut taken = self.take().await?;
        let answer = timeout(self.0.answer_max, taken.connection.fetch_all(statement)).await;
        self.end(taken, answer)
    }

    /// Writes a batch in a transaction and gives the ids of the users whose commit won. What becomes of one that is not answered
    /// is unknown.
    pub(crate) async fn write(&self, batch: &Batch<'_>) -> Result<HashSet<String>, sqlx::Error> {
        let mut taken = self.take().await?;
        let writing = async {
            let mut transaction = taken.connection.begin().await?;
            let won = batch.write(&mut transaction).await?;
            transaction.commit().await?;
            Ok(won)
        };
        let answer = timeout(self.0.answer_max, writing).await;
        self.end(taken, answer)
    }

    /// Keeps the connection for the next, unless it was not answered or the answer was a failure.
    fn end<T>(
        &self,
        mut taken: Taken,
        answer: Result<Result<T, sqlx::Error>, Elapsed>,
    ) -> Result<T, sqlx::Error> {
        let Ok(answer) = answer else {
            taken.connection.close_on_drop();
            let silent = io::Error::new(io::ErrorKind::TimedOut, "the database does not answer");
            return Err(sqlx::Error::Io(silent));
        };
        // One whose statement failed is the pool's to look at.
        if answer.is_ok() {
            self.put_back(taken);
        }
        answer
    }

    /// Gives all back. Once the pool is closed none is kept any more.
    pub(crate) fn give_back(&self) {
        while self.pop().is_some() {}
    }

    async fn take(&self) -> Result<Taken, sqlx::Error> {
        while let Some(mut resting) = self.pop() {
            let connection = &mut resting.taken.connection;
            let asking = stands(connection, resting.at_rest_since.elapsed(), self.0.rest_max);
            if timeout(self.0.answer_max, asking).await == Ok(true) {
                return Ok(resting.taken);
            }
            connection.close_on_drop();
        }
        Ok(Taken {
            connection: self.0.pool.acquire().await?,
            since: Instant::now(),
        })
    }

    fn pop(&self) -> Option<Resting> {
        let mut resting = self.0.resting.lock().unwrap_or_else(PoisonError::into_inner);
        resting.pop()
    }

    fn put_back(&self, taken: Taken) {
        let now = Instant::now();
        let mut resting = self.0.resting.lock().unwrap_or_else(PoisonError::into_inner);
        let may_stay = resting.len() < self.0.len_max && now - taken.since < KEPT_FOR_MAX;
        if may_stay && !self.0.pool.is_closed() {
            resting.push(Resting {
                taken,
                at_rest_since: now,
            });
        }
    }
}
