//! What belongs to users can be spread by user: PostgreSQL keeps every promise about users and their messages on tables that are
//! partitioned by the user's id, which must be in every key of such a table, as on an engine that puts each part on a
//! machine of its own.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod support;

use ringtrue_core::port::Storage;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use support::TestDatabase;

/// What belongs to users, and to nobody else.
const OF_USERS: [&str; 4] = ["users", "user_events", "user_search", "outbox"];

/// More than one, so that most batches are about several.
const PARTS: u32 = 4;

async fn open() -> (Storage, TestDatabase) {
    let (database, postgres) = TestDatabase::migrated().await;
    let mut connection = PgConnection::connect(&database.options().url).await.unwrap();
    for table in OF_USERS {
        // All that the migrations made: defaults, derived columns, checks, keys and indexes.
        let whole = format!(
            "ALTER TABLE {table} RENAME TO {table}_whole;
             CREATE TABLE {table} (LIKE {table}_whole INCLUDING ALL) PARTITION BY HASH (user_id);
             DROP TABLE {table}_whole;"
        );
        let parts = (0..PARTS).map(|part| {
            format!(
                "CREATE TABLE {table}_{part} PARTITION OF {table}
                     FOR VALUES WITH (MODULUS {PARTS}, REMAINDER {part});"
            )
        });
        let sql: String = std::iter::once(whole).chain(parts).collect();
        sqlx::raw_sql(AssertSqlSafe(sql))
            .execute(&mut connection)
            .await
            .unwrap();
    }
    (postgres.storage(), database)
}

ringtrue_testkit::storage_contract!(users crate::open);
