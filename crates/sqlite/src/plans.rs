//! No statement of a call reads a table through.

use sqlx::AssertSqlSafe;

use crate::{Location, Options, Sqlite};

/// The statements of a file, without comments and those that are not about tables that grow.
fn statements(sql: &str) -> Vec<String> {
    let code: Vec<&str> = sql.lines().filter(|line| !line.starts_with("--")).collect();
    let code = code.join("\n");
    let statements = code.split(';').map(str::trim);
    statements
        .filter(|statement| !statement.is_empty() && !statement.starts_with("DELETE FROM temp."))
        .map(str::to_owned)
        .collect()
}

#[tokio::test]
async fn users_events_and_messages_are_found_by_an_index() {
    let sqlite = Sqlite::open(&Options::new(Location::Memory)).await.unwrap();
    sqlite.migrate().await.unwrap();
    let mut steps_seen = 0;
    for sql in [
        concat!(
            include_str!("sql/user_store_select.sql"),
            include_str!("sql/user_store_load.sql")
        ),
        include_str!("sql/user_store_sequences.sql"),
        include_str!("sql/user_store_expected.sql"),
        include_str!("sql/user_store_write.sql"),
        include_str!("sql/outbox_settle.sql"),
        include_str!("sql/outbox_claim.sql"),
        include_str!("sql/outbox_expire.sql"),
        include_str!("sql/outbox_forget.sql"),
    ] {
        for statement in statements(sql) {
            let explain = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"));
            let plan: Vec<(i64, i64, i64, String)> =
                sqlx::query_as(explain).fetch_all(&sqlite.writer).await.unwrap();
            for (_, _, _, step) in &plan {
                let through = ["users", "user_events", "outbox"]
                    .iter()
                    .any(|table| step.starts_with(&format!("SCAN {table}")));
                assert!(!through, "{step}\n{statement}");
            }
            steps_seen += plan.len();
        }
    }
    assert!(steps_seen > 20, "{steps_seen} steps");
}
