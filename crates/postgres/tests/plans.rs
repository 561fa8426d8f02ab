//! How PostgreSQL carries the statements of a call out.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod support;

use std::{fs, path::Path};

use sqlx::{AssertSqlSafe, Connection as _, PgConnection, Row as _};
use support::TestDatabase;

/// What is asked for when a replica starts, by an operator, or of a table that stays small: it may read a whole table.
const NOT_OF_A_CALL: [&str; 17] = [
    "erasures_finish",
    "health_check",
    "listing_enter",
    "listing_hold",
    "listing_look",
    "listing_strike",
    "organization_store_list",
    "organization_store_search",
    "partitions_existing",
    "partitions_hold",
    "phone_claims_align",
    "phone_claims_astray",
    "phone_claims_lock",
    "phone_claims_unlimited",
    "token_store_list",
    "upkeep_done",
    "upkeep_due",
];

/// What a call or the dispatcher asks for, over and over: every statement but those.
fn statements_of_a_call() -> Vec<(String, String)> {
    let files = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/sql")).unwrap();
    let mut statements: Vec<(String, String)> = files
        .map(|file| file.unwrap().path())
        .map(|path| {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            (name, fs::read_to_string(path).unwrap())
        })
        .collect();
    for name in NOT_OF_A_CALL {
        assert!(
            statements.iter().any(|(other, _)| other == name),
            "there is no {name}"
        );
    }
    statements.retain(|(name, _)| !NOT_OF_A_CALL.contains(&name.as_str()));
    statements.sort();
    statements
}

/// How the database means to carry out each of those statements.
async fn plans(database: &TestDatabase) -> Vec<(String, Vec<String>)> {
    let mut connection = PgConnection::connect(&database.options().url).await.unwrap();
    // As the pool sets them.
    sqlx::raw_sql("SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off")
        .execute(&mut connection)
        .await
        .unwrap();
    let mut plans = Vec::new();
    for (name, statement) in statements_of_a_call() {
        let used = parameters(&statement);
        let count = used.iter().max().copied().unwrap_or_default();
        // The type of one that is left out cannot be told from the statement, and does not matter.
        let types = (1..=count).map(|n| if used.contains(&n) { "unknown" } else { "text" });
        let types = listed(types);
        let prepare = AssertSqlSafe(format!("PREPARE {name} {types} AS {statement}"));
        sqlx::raw_sql(prepare).execute(&mut connection).await.unwrap();
        let values = listed(std::iter::repeat_n("NULL", count));
        let explain = AssertSqlSafe(format!("EXPLAIN (COSTS OFF) EXECUTE {name} {values}"));
        let plan = sqlx::raw_sql(explain).fetch_all(&mut connection).await.unwrap();
        let lines: Vec<String> = plan.iter().map(|row| row.get(0)).collect();
        assert!(!lines.is_empty(), "{name} has no plan");
        plans.push((name, lines));
    }
    plans
}

#[tokio::test]
async fn no_statement_of_a_call_has_to_read_a_whole_table() {
    // Its tables are empty, so that reading all of one would look cheapest; what is read all the same has no index that
    // could be used.
    let (database, _postgres) = TestDatabase::migrated().await;
    for (name, plan) in plans(&database).await {
        let whole = plan.iter().any(|line| line.contains("Seq Scan"));
        assert!(!whole, "{name} reads a whole table:\n{}", plan.join("\n"));
    }
}

/// Hardly anything is on its way when the plans are made.
const QUIET: &str = "
    INSERT INTO outbox (message_id, user_id, code_id, created_at, expires_at, state, key_id, sealed)
    SELECT uuid_send(gen_random_uuid()), 'user-' || n, uuid_send(gen_random_uuid()), now(), now(), 'waiting', 'k1', ''
      FROM generate_series(1, 5) AS n;";
/// The same, and an earlier release has settled many where they were: by the table's statistics nothing is unsettled, and an
/// index of that is the cheapest to read.
const UPGRADED: &str = "
    INSERT INTO outbox (message_id, user_id, code_id, created_at, expires_at, state, settled_at, reference)
    SELECT uuid_send(gen_random_uuid()), 'user-' || n, uuid_send(gen_random_uuid()), now(), now(), 'sent', now(), n
      FROM generate_series(1, 20000) AS n;";

#[tokio::test]
async fn what_waits_is_not_read_through_for_what_one_user_has_or_one_claim_takes() {
    let (database, _postgres) = TestDatabase::migrated().await;
    let mut connection = PgConnection::connect(&database.options().url).await.unwrap();
    for state in [QUIET, UPGRADED] {
        sqlx::raw_sql(state).execute(&mut connection).await.unwrap();
        sqlx::raw_sql("VACUUM ANALYZE outbox")
            .execute(&mut connection)
            .await
            .unwrap();
        for (name, plan) in plans(&database).await {
            assert_finds_by_conditions(&name, &plan);
        }
    }
}

fn assert_finds_by_conditions(name: &str, plan: &[String]) {
    // Whoever counts them, counts all.
    if name == "outbox_unsettled" {
        return;
    }
    for (nth, line) in plan
        .iter()
        .enumerate()
        .filter(|(_, line)| line.contains("Scan using outbox_"))
    {
        let condition = plan.get(nth + 1).is_some_and(|next| next.contains("Index Cond"));
        assert!(
            condition,
            "{name} reads an index through: {line}\n{}",
            plan.join("\n")
        );
    }
    let sorted = plan
        .iter()
        .any(|line| line.contains("Sort Key") && line.contains("expires_at"));
    assert!(!sorted, "{name} sorts what is unsettled:\n{}", plan.join("\n"));
}

/// Values in parentheses, which SQL does not want around none.
fn listed<'a>(values: impl Iterator<Item = &'a str>) -> String {
    let values: Vec<&str> = values.collect();
    if values.is_empty() {
        String::new()
    } else {
        format!("({})", values.join(", "))
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
