//! A database for each test, on the cluster that `cargo xtask test` starts.

use std::{
    str::FromStr as _,
    sync::atomic::{AtomicU32, Ordering},
    thread,
};

use ringtrue_postgres::{Options, Postgres};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, PgConnection, postgres::PgConnectOptions};

/// A database that is dropped with this.
pub(crate) struct TestDatabase {
    name: String,
}

#[expect(clippy::disallowed_methods, reason = "tests have no configuration but this")]
fn cluster() -> PgConnectOptions {
    let url = std::env::var("RINGTRUE_TEST_POSTGRES").unwrap_or_else(|_| {
        panic!("there is no PostgreSQL to test with: run cargo xtask test, or set RINGTRUE_TEST_POSTGRES")
    });
    PgConnectOptions::from_str(&url).unwrap()
}

async fn run_on(options: &PgConnectOptions, sql: String) {
    let mut connection = PgConnection::connect_with(options).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(sql))
        .execute(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
}

impl TestDatabase {
    /// An empty database.
    pub(crate) async fn create() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let nth = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("ringtrue_test_{}_{nth}", std::process::id());
        run_on(&cluster(), format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
        run_on(&cluster(), format!("CREATE DATABASE {name}")).await;
        Self { name }
    }

    /// An empty database with the schema, and with what holds of its rows, which the schema does not check.
    pub(crate) async fn migrated() -> (Self, Postgres) {
        let database = Self::create().await;
        let postgres = database.connect().await;
        postgres.migrate().await.unwrap();
        run_on(
            &cluster().database(&database.name),
            include_str!("checks.sql").to_owned(),
        )
        .await;
        (database, postgres)
    }

    /// How to connect to it.
    pub(crate) fn options(&self) -> Options {
        let url = cluster().database(&self.name).to_url_lossy();
        Options {
            max_connections: 8,
            ..Options::new(url.as_str())
        }
    }

    /// Connects as another instance would.
    pub(crate) async fn connect(&self) -> Postgres {
        Postgres::connect(&self.options()).await.unwrap()
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let sql = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        // Another thread, because this one may be inside a runtime, which cannot be blocked.
        let dropper = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(run_on(&cluster(), sql));
        });
        let _ = dropper.join();
    }
}
