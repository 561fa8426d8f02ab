//! How PostgreSQL carries searches out, held to `plans/golden.txt`.
//!
//! `RINGTRUE_BLESS=1` writes the file anew. With a million users (`--ignored`) the plans are the same.

#[path = "../../tests/support/mod.rs"]
mod support;

use std::{fmt::Write as _, fs, path::Path};

use ringtrue_testkit::searches::{self, NamedSearch};
use sqlx::{AssertSqlSafe, PgConnection, QueryBuilder, Row as _};

use self::support::TestDatabase;
use super::{
    BEGIN,
    statement::{push_count, push_page},
};

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/directory/plans/golden.txt");

/// What is found by no index: parts of phones, parts of names too short for a trigram, all but some, and all. The golden file
/// says which they are.
const READ_THROUGH: [&str; 6] = [
    "Phone Contains",
    "Phone EndsWith",
    "two letters",
    "not a",
    "neither",
    "body",
];

#[tokio::test]
async fn each_search_runs_on_the_indexes_that_the_golden_file_says() {
    compare(100_000).await;
}

#[tokio::test]
#[ignore = "takes minutes: cargo xtask test -p ringtrue-postgres --lib -- --ignored"]
async fn each_search_of_a_million_users_runs_on_the_same_indexes() {
    compare(1_000_000).await;
}

async fn compare(users: u32) {
    let (_database, postgres) = TestDatabase::migrated().await;
    let mut connection = postgres.pool.acquire().await.unwrap();
    let fill = include_str!("plans/fill.sql").replace(":users", &users.to_string());
    for sql in [
        "SET statement_timeout = 0",
        &fill,
        // All rows are looked at, or nearly all of a million: what the planner expects does not hang on a sample.
        "SET default_statistics_target = 1000",
        "ANALYZE users, user_search",
    ] {
        run(&mut connection, sql).await;
    }
    vacuum(&mut connection).await;
    for sql in [
        // How many processes share the work is not what this is about.
        "SET max_parallel_workers_per_gather = 0",
        BEGIN,
    ] {
        run(&mut connection, sql).await;
    }
    let mut plans = String::new();
    for NamedSearch { name, search } in searches::of_every_kind() {
        for (part, push) in [
            ("the page", push_page as fn(&mut _, &_)),
            ("the total", push_count),
        ] {
            let mut query = QueryBuilder::new("EXPLAIN (COSTS OFF) ");
            push(&mut query, &search);
            let plan = explain(&mut connection, query).await;
            assert!(
                !plan.contains("Seq Scan"),
                "{name}, {part}, reads a whole table:\n{plan}"
            );
            let mark = if reads_everybody(&plan) {
                let known = READ_THROUGH.iter().any(|kind| name.contains(kind));
                assert!(known, "{name}, {part}, reads everybody:\n{plan}");
                " (reads everybody)"
            } else {
                ""
            };
            writeln!(plans, "{name}, {part}{mark}\n{plan}").unwrap();
        }
    }
    check(&plans);
}

async fn run(connection: &mut PgConnection, sql: &str) {
    let sql = AssertSqlSafe(sql.to_owned());
    sqlx::raw_sql(sql).execute(connection).await.unwrap();
}

/// Marks every page as seen by all, which is what makes an index enough for a search: another's snapshot, such as that of an
/// autovacuum of the catalogue, keeps a vacuum from it as long as it lasts.
async fn vacuum(connection: &mut PgConnection) {
    let mut all_visible = false;
    while !all_visible {
        run(connection, "VACUUM users, user_search").await;
        all_visible = sqlx::query_scalar(
            "SELECT bool_and(relallvisible = relpages) FROM pg_class WHERE relname IN ('users', 'user_search')",
        )
        .fetch_one(&mut *connection)
        .await
        .unwrap();
    }
}

async fn explain(connection: &mut PgConnection, mut query: QueryBuilder<sqlx::Postgres>) -> String {
    let rows = query
        .build()
        .persistent(false)
        .fetch_all(connection)
        .await
        .unwrap();
    rows.iter().fold(String::new(), |mut plan, row| {
        writeln!(plan, "    {}", without_values(row.get(0))).unwrap();
        plan
    })
}

/// Whether an index is read without a condition on it, which is to read all of it; unless whatever comes first is good enough.
fn reads_everybody(plan: &str) -> bool {
    plan.split("->").any(|node| {
        let is_scan = node.contains(" Scan ") && !node.contains("Bitmap Heap Scan");
        is_scan && !node.contains("Index Cond:") && (node.contains("Filter:") || !plan.contains("Limit"))
    })
}

/// A line of a plan with `?` for each value.
fn without_values(line: &str) -> String {
    let parts: Vec<&str> = line.split('\'').step_by(2).collect();
    parts.join("?")
}

#[expect(clippy::disallowed_methods, reason = "tests have no configuration but this")]
fn check(plans: &str) {
    if std::env::var_os("RINGTRUE_BLESS").is_some() {
        fs::write(GOLDEN, plans).unwrap();
    }
    let golden = fs::read_to_string(Path::new(GOLDEN)).unwrap();
    let differs = golden
        .lines()
        .zip(plans.lines())
        .find(|(golden, plan)| golden != plan);
    assert!(differs.is_none() && golden == plans, "{differs:?} in\n{plans}");
}
