//! What belongs to users can be spread by user: PostgreSQL keeps every promise about users and their messages on tables that are
//! partitioned by the user's id, which must be in every key of such a table, as on an engine that puts each part on a
//! machine of its own.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod support;

use ringtrue_core::port::Storage;
use ringtrue_postgres::Over;
use ringtrue_testkit::builders::NOON;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use support::TestDatabase;
use time::Duration;

/// What belongs to users, and to nobody else. Of what lies in partitions by time, the one that holds whatever has none.
const OF_USERS: [&str; 5] = [
    "users",
    "user_events_default",
    "user_search",
    "outbox",
    "settled_messages_default",
];

/// More than one, so that most batches are about several.
const PARTS: u32 = 4;

async fn open() -> (Storage, TestDatabase) {
    let (database, postgres) = TestDatabase::migrated().await;
    let mut connection = PgConnection::connect(&database.options().url).await.unwrap();
    // The first partition of the events, and with it all that is not the default one as long as this test is about.
    let later = NOON + Duration::weeks(10_000);
    let over = Over {
        messages: None,
        events: Some(later),
    };
    postgres.keep_partitions(later, over).await.unwrap();
    for table in OF_USERS {
        // All that the migrations made: defaults, derived columns, checks, keys and indexes.
        let whole = format!(
            "CREATE TABLE {table}_by_user (LIKE {table} INCLUDING ALL) PARTITION BY HASH (user_id);
             DROP TABLE {table};
             ALTER TABLE {table}_by_user RENAME TO {table};"
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
    let attached = "ALTER TABLE user_events ATTACH PARTITION user_events_default DEFAULT;
                    ALTER TABLE settled_messages ATTACH PARTITION settled_messages_default DEFAULT";
    sqlx::raw_sql(attached).execute(&mut connection).await.unwrap();
    (postgres.storage(), database)
}

ringtrue_testkit::storage_contract!(users crate::open);
