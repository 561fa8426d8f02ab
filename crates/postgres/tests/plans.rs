//! How PostgreSQL carries the statements of a call out.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod support;

use sqlx::{AssertSqlSafe, Connection as _, PgConnection, Row as _};
use support::TestDatabase;

macro_rules! statements {
    ($($name:literal),* $(,)?) => { [$(($name, include_str!(concat!("../src/sql/", $name, ".sql")))),*] };
}

/// What a call or the dispatcher asks for, over and over.
const STATEMENTS: [(&str, &str); 13] = statements![
    "organization_store_find",
    "outbox_claim",
    "outbox_expire",
    "outbox_forget",
    "outbox_settle",
    "outbox_settle_and_claim",
    "token_store_find",
    "user_store_commit",
    "user_store_commit_plain",
    "user_store_history",
    "user_store_holders",
    "user_store_load",
    "token_store_remove",
];

#[tokio::test]
async fn no_statement_of_a_call_has_to_read_a_whole_table() {
    let (database, _postgres) = TestDatabase::migrated().await;
    let mut connection = PgConnection::connect(&database.options().url).await.unwrap();
    // As the pool sets them. The tables are empty, so that reading all of one would look cheapest; what is read all the
    // same has no index that could be used.
    sqlx::raw_sql("SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off")
        .execute(&mut connection)
        .await
        .unwrap();
    for (name, statement) in STATEMENTS {
        let used = parameters(statement);
        let count = used.iter().max().copied().unwrap_or_default();
        // The type of one that is left out cannot be told from the statement, and does not matter.
        let types = (1..=count).map(|n| if used.contains(&n) { "unknown" } else { "text" });
        let types = types.collect::<Vec<_>>().join(", ");
        let prepare = AssertSqlSafe(format!("PREPARE {name} ({types}) AS {statement}"));
        sqlx::raw_sql(prepare).execute(&mut connection).await.unwrap();
        let values = vec!["NULL"; count].join(", ");
        let explain = AssertSqlSafe(format!("EXPLAIN EXECUTE {name}({values})"));
        let plan = sqlx::raw_sql(explain).fetch_all(&mut connection).await.unwrap();
        let lines: Vec<String> = plan.iter().map(|row| row.get(0)).collect();
        assert!(lines.len() > 1, "{name} has no plan: {lines:?}");
        assert!(
            !lines.iter().any(|line| line.contains("Seq Scan")),
            "{name} reads a whole table:\n{}",
            lines.join("\n")
        );
    }
}

/// The numbers after `$` in a statement.
fn parameters(statement: &str) -> Vec<usize> {
    let numbers = statement.split('$').skip(1).map(|after| {
        let end = after.find(|c: char| !c.is_ascii_digit());
        after[..end.unwrap_or(after.len())].parse()
    });
    numbers.filter_map(Result::ok).collect()
}
