use std::{str::FromStr as _, sync::Arc, time::Duration};

use ringtrue_core::port::Storage;
use sqlx::{
    ConnectOptions as _, Connection as _, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};

use crate::{
    at_hand::{AtHand, stands},
    directory::PostgresDirectory,
    event_retention::PostgresEventRetention,
    health::PostgresHealth,
    idempotency_store::PostgresIdempotencyStore,
    migrate::{self, MigrateError},
    organization_store::PostgresOrganizationStore,
    outbox::PostgresOutbox,
    phone_claims::PostgresPhoneClaims,
    token_store::PostgresTokenStore,
    user_store::PostgresUserStore,
};

/// How to reach a database.
#[derive(Clone)]
pub struct Options {
    /// `postgres://user:password@host:port/database`, with the parameters that PostgreSQL's own clients know. `Debug` does
    /// not show it.
    pub url: String,
    /// How many connections this process may hold.
    pub max_connections: u32,
    /// How long a call waits for a connection before it is shed, and [`Postgres::connect`] for the first one.
    pub acquire_timeout: Duration,
    /// How long a connection may have rested and be used again without being asked first whether it still stands.
    pub rest_max: Duration,
    /// How long one statement may run.
    pub statement_timeout: Duration,
    /// How long one statement may wait for a lock.
    pub lock_timeout: Duration,
}

impl Options {
    /// That database, sixteen connections, and five seconds of patience.
    #[must_use]
    pub fn new(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            max_connections: 16,
            acquire_timeout: Duration::from_secs(5),
            rest_max: Duration::from_secs(1),
            statement_timeout: Duration::from_secs(5),
            lock_timeout: Duration::from_secs(3),
        }
    }
}

impl std::fmt::Debug for Options {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Options")
            .field("url", &"..")
            .field("max_connections", &self.max_connections)
            .field("acquire_timeout", &self.acquire_timeout)
            .field("rest_max", &self.rest_max)
            .field("statement_timeout", &self.statement_timeout)
            .field("lock_timeout", &self.lock_timeout)
            .finish()
    }
}

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The address is not one.
    #[error("the database's URL is not valid; it is written postgres://user:password@host:port/database")]
    Url(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The database did not let us in.
    #[error("could not connect to the database")]
    Connection(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Nobody answered at that address.
    #[error("the database did not answer within {} seconds", .0.as_secs())]
    TimedOut(Duration),
}

/// A database and the connections to it. Cloning shares them.
#[derive(Debug, Clone)]
pub struct Postgres {
    pub(crate) pool: PgPool,
    at_hand: AtHand,
    address: PgConnectOptions,
}

impl Postgres {
    /// Connects once, to learn whether that works. [`Self::migrate`] comes next.
    pub async fn connect(options: &Options) -> Result<Self, ConnectError> {
        let address = PgConnectOptions::from_str(&options.url)
            .map_err(|error| ConnectError::Url(error.into()))?
            .application_name("ringtrue")
            .disable_statement_logging();
        let refused = |error: sqlx::Error| ConnectError::Connection(error.into());
        // A pool that fails says only that its time ran out; one plain connection says why.
        let probe = tokio::time::timeout(options.acquire_timeout, address.connect());
        let probe = probe
            .await
            .map_err(|_| ConnectError::TimedOut(options.acquire_timeout))?;
        probe.map_err(refused)?.close().await.map_err(refused)?;
        let milliseconds = |duration: Duration| duration.as_millis().to_string();
        let pooled = address.clone().options([
            // The statements' parameters are arrays whose sizes tell the planner nothing worth planning anew for: 1.8 times the
            // commits of one connection.
            ("plan_cache_mode", "force_generic_plan".to_owned()),
            // Such a plan is made once, perhaps while a table is still empty, and then reading all of it looks cheapest.
            // Everything that is asked for has an index; what has none is read all the same.
            ("enable_seqscan", "off".to_owned()),
            // A plan that reads a table after all counts as expensive now; compiling it would cost more than it saves.
            ("jit", "off".to_owned()),
            ("statement_timeout", milliseconds(options.statement_timeout)),
            ("lock_timeout", milliseconds(options.lock_timeout)),
        ]);
        let rest_max = options.rest_max;
        let pool = PgPoolOptions::new()
            .max_connections(options.max_connections)
            .acquire_timeout(options.acquire_timeout)
            // Asking before every call would cost each of them a round trip; without it, 1.5 times the calls of 256 callers.
            // Under load a connection that broke fails the call that finds out; one that has rested is asked, or a restart of
            // the database would fail as many calls afterwards as there are connections.
            .test_before_acquire(false)
            .before_acquire(move |connection, resting| {
                Box::pin(async move { Ok(stands(connection, resting.idle_for, rest_max).await) })
            })
            .connect_with(pooled)
            .await
            .map_err(refused)?;
        let at_hand = AtHand::new(pool.clone(), options);
        Ok(Self {
            pool,
            at_hand,
            address,
        })
    }

    /// Brings the schema up to this binary's; refuses a database that a newer binary has migrated. Several may do so at
    /// once: one migrates and the others wait. What an older binary has left undone is then mended: where searches look, and
    /// what it has left of users whom it erased.
    pub async fn migrate(&self) -> Result<(), MigrateError> {
        migrate::run(&self.address).await
    }

    /// The storage ports.
    #[must_use]
    pub fn storage(&self) -> Storage {
        Storage {
            users: Arc::new(PostgresUserStore::new(self.at_hand.clone())),
            directory: Arc::new(PostgresDirectory::new(self.pool.clone())),
            events: Arc::new(PostgresEventRetention::new(self.pool.clone())),
            outbox: Arc::new(PostgresOutbox::new(self.at_hand.clone())),
            tokens: Arc::new(PostgresTokenStore::new(self.pool.clone())),
            organizations: Arc::new(PostgresOrganizationStore::new(self.pool.clone())),
            phone_claims: Arc::new(PostgresPhoneClaims::new(self.pool.clone())),
            idempotency: Arc::new(PostgresIdempotencyStore::new(self.pool.clone())),
            health: Arc::new(PostgresHealth::new(self.pool.clone())),
        }
    }

    /// Waits for calls that are under way and closes all connections. Later calls find the database unavailable.
    pub async fn close(&self) {
        let closing = self.pool.close();
        self.at_hand.give_back();
        closing.await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_never_show_their_url_in_debug_output() {
        let options = Options::new("postgres://ringtrue:secret@db/ringtrue");
        assert!(!format!("{options:?}").contains("secret"));
    }
}
