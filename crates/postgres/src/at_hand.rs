//! Connections that the busiest statements keep, in place of giving them back to the pool after each.

use std::{
    io,
    ops::{Deref, DerefMut},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use sqlx::{Connection as _, PgConnection, PgPool, Postgres, pool::PoolConnection};
use tokio::time::{Instant, error::Elapsed, timeout};

use crate::Options;

/// After this long a connection goes back to the pool, which knows how old one may get.
const KEPT_FOR_MAX: Duration = Duration::from_mins(10);

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
    connection: PoolConnection<Postgres>,
    out_of_pool_since: Instant,
    at_rest_since: Instant,
}

/// A connection for one statement. To be [put back](Self::put_back) with its answer; dropped, it goes to the pool.
pub(crate) struct Taken {
    connection: PoolConnection<Postgres>,
    out_of_pool_since: Instant,
    home: AtHand,
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

    /// A connection that is at hand, or else one of the pool's.
    pub(crate) async fn take(&self) -> Result<Taken, sqlx::Error> {
        while let Some(mut resting) = self.pop() {
            if resting.at_rest_since.elapsed() <= self.0.rest_max
                || self.stands(&mut resting.connection).await
            {
                return Ok(Taken {
                    connection: resting.connection,
                    out_of_pool_since: resting.out_of_pool_since,
                    home: self.clone(),
                });
            }
            resting.connection.close_on_drop();
        }
        Ok(Taken {
            connection: self.0.pool.acquire().await?,
            out_of_pool_since: Instant::now(),
            home: self.clone(),
        })
    }

    async fn stands(&self, connection: &mut PgConnection) -> bool {
        matches!(timeout(self.0.answer_max, connection.ping()).await, Ok(Ok(())))
    }

    fn pop(&self) -> Option<Resting> {
        self.0
            .resting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop()
    }

    /// Gives all back. Once the pool is closed none is kept any more.
    pub(crate) fn give_back(&self) {
        while self.pop().is_some() {}
    }
}

impl Taken {
    /// How long its answer may take.
    pub(crate) fn answer_max(&self) -> Duration {
        self.home.0.answer_max
    }

    /// Puts the connection back with the answer to its statement. One that failed is the pool's to look at; one that does not
    /// answer is closed, and what became of its statement is unknown.
    pub(crate) fn put_back<T>(
        mut self,
        answer: Result<Result<T, sqlx::Error>, Elapsed>,
    ) -> Result<T, sqlx::Error> {
        let Ok(answer) = answer else {
            self.connection.close_on_drop();
            let silent = io::Error::new(io::ErrorKind::TimedOut, "the database does not answer");
            return Err(sqlx::Error::Io(silent));
        };
        if answer.is_ok() {
            self.rest();
        }
        answer
    }

    fn rest(self) {
        let Self {
            connection,
            out_of_pool_since,
            home: AtHand(kept),
        } = self;
        let mut resting = kept.resting.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let may_stay = resting.len() < kept.len_max && now - out_of_pool_since < KEPT_FOR_MAX;
        if may_stay && !kept.pool.is_closed() {
            resting.push(Resting {
                connection,
                out_of_pool_since,
                at_rest_since: now,
            });
        }
    }
}

impl Deref for Taken {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.connection
    }
}

impl DerefMut for Taken {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.connection
    }
}
