//! Connections that PostgreSQL has closed while they rested, and those that nothing is heard from any more.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod support;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use ringtrue_core::port::{StoreError, UserStore};
use ringtrue_postgres::{Options, Postgres};
use ringtrue_testkit::builders::user_id;
use sqlx::{Connection as _, PgConnection, postgres::PgConnectOptions};
use support::TestDatabase;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

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

/// Passes on what one side says, until the connection is to be silent; it never ends.
async fn pass_on(
    mut from: impl tokio::io::AsyncRead + Unpin,
    mut to: impl tokio::io::AsyncWrite + Unpin,
    is_silent: Arc<AtomicBool>,
) {
    let mut said = [0; 4096];
    while let Ok(len @ 1..) = from.read(&mut said).await {
        if is_silent.load(Ordering::SeqCst) || to.write_all(&said[..len]).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// Stands between a pool and its server; the connections made until `is_silent` is set say nothing from then on, as if a firewall
/// had forgotten them.
async fn stand_between(server: (String, u16), is_silent: Arc<AtomicBool>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let server = TcpStream::connect((server.0.as_str(), server.1)).await.unwrap();
            let silent = if is_silent.load(Ordering::SeqCst) {
                Arc::default()
            } else {
                Arc::clone(&is_silent)
            };
            let ((from_client, to_client), (from_server, to_server)) =
                (client.into_split(), server.into_split());
            tokio::spawn(pass_on(from_client, to_server, Arc::clone(&silent)));
            tokio::spawn(pass_on(from_server, to_client, silent));
        }
    });
    port
}

#[tokio::test]
async fn a_connection_that_nothing_is_heard_from_is_given_up_and_replaced() {
    let (database, _) = TestDatabase::migrated().await;
    let direct: PgConnectOptions = database.options().url.parse().unwrap();
    let is_silent = Arc::new(AtomicBool::new(false));
    let server = (direct.get_host().to_owned(), direct.get_port());
    let port = stand_between(server, Arc::clone(&is_silent)).await;
    let through = database
        .options()
        .url
        .replace(&format!(":{}/", direct.get_port()), &format!(":{port}/"));
    let options = Options {
        url: through,
        max_connections: 2,
        ..database.options()
    };
    let postgres = Postgres::connect(&options).await.unwrap();
    let users = postgres.storage().users;
    users.load(&[user_id("ada")]).await.unwrap();
    is_silent.store(true, Ordering::SeqCst);
    // There is nothing to wait for but the patience of the call, which ends at once.
    tokio::time::pause();
    let unheard = users.load(&[user_id("ada")]).await;
    tokio::time::resume();
    assert!(matches!(unheard, Err(StoreError::Unavailable(_))), "{unheard:?}");
    users.load(&[user_id("ada")]).await.unwrap();
}
