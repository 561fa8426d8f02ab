//! Connections that PostgreSQL has closed while they rested.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod support;

use std::{sync::Arc, time::Duration};

use ringtrue_core::port::UserStore;
use ringtrue_postgres::{Options, Postgres};
use ringtrue_testkit::builders::user_id;
use sqlx::{Connection as _, PgConnection};
use support::TestDatabase;
use tokio::task::JoinSet;

/// Has many connections opened and all of them closed by the server; tells how many of the next calls fail, one after the other.
async fn failures_after_a_restart(rest_max: Duration) -> usize {
    let (database, _) = TestDatabase::migrated().await;
    let options = Options {
        max_connections: 4,
        rest_max,
        ..database.options()
    };
    let postgres = Postgres::connect(&options).await.unwrap();
    let users: Arc<dyn UserStore> = postgres.storage().users;
    let mut callers = JoinSet::new();
    for _ in 0..64 {
        let users = Arc::clone(&users);
        callers.spawn(async move { users.load(&[user_id("ada")]).await.unwrap() });
    }
    callers.join_all().await;
    let mut other = PgConnection::connect(&options.url).await.unwrap();
    let closed: i64 = sqlx::query_scalar(
        "SELECT count(*) FILTER (WHERE pg_terminate_backend(pid, 5000))
           FROM pg_stat_activity
          WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )
    .fetch_one(&mut other)
    .await
    .unwrap();
    assert!(closed > 0);
    let mut failures = 0;
    for _ in 0..8 {
        failures += usize::from(users.load(&[user_id("ada")]).await.is_err());
    }
    failures
}

#[tokio::test]
async fn no_call_fails_for_a_connection_that_broke_while_it_rested() {
    assert_eq!(failures_after_a_restart(Duration::ZERO).await, 0);
    let unasked = failures_after_a_restart(Duration::MAX).await;
    assert!(unasked > 0, "what is asked before is what breaks");
}
