//! How SQLite carries searches out, held to `plans/golden.txt`; `RINGTRUE_BLESS=1` writes it anew.
//!
//! SQLite plans by what it was told of its tables, and is told nothing (no `ANALYZE`): with a million users its plans are those
//! for none.

use std::{collections::HashMap, fmt::Write as _, fs};

use ringtrue_testkit::searches::{self, NamedSearch};
use sqlx::{QueryBuilder, SqliteConnection};

use super::statement::{push_count, push_page};
use crate::{Location, Options, Sqlite};

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/directory/plans/golden.txt");

/// What is found by no index: parts and ends of texts, all but some, and all. The golden file says which they are.
const READ_THROUGH: [&str; 6] = ["Contains", "EndsWith", "parts", "not a", "neither", "body"];

#[tokio::test]
async fn each_search_runs_on_the_indexes_that_the_golden_file_says() {
    let sqlite = Sqlite::open(&Options::new(Location::Memory)).await.unwrap();
    sqlite.migrate().await.unwrap();
    let mut connection = sqlite.searchers.acquire().await.unwrap();
    let mut plans = String::new();
    for NamedSearch { name, search } in searches::of_every_kind() {
        let mut page = QueryBuilder::new("EXPLAIN QUERY PLAN ");
        push_page(&mut page, &search).unwrap();
        let mut total = QueryBuilder::new("EXPLAIN QUERY PLAN ");
        push_count(&mut total, &search).unwrap();
        for (part, query) in [("the page", page), ("the total", total)] {
            let plan = explain(&mut connection, query).await;
            assert!(
                !plan.contains("SCAN users"),
                "{name}, {part}, reads users through:\n{plan}"
            );
            let mark = if plan.contains("SCAN n") {
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

async fn explain(connection: &mut SqliteConnection, mut query: QueryBuilder<sqlx::Sqlite>) -> String {
    let rows: Vec<(i64, i64, i64, String)> = query
        .build_query_as()
        .persistent(false)
        .fetch_all(connection)
        .await
        .unwrap();
    let mut depths = HashMap::from([(0, 0)]);
    rows.iter()
        .fold(String::new(), |mut plan, (id, parent, _, step)| {
            let depth = depths[parent] + 1;
            depths.insert(*id, depth);
            writeln!(plan, "{}{step}", "    ".repeat(depth)).unwrap();
            plan
        })
}

#[expect(clippy::disallowed_methods, reason = "tests have no configuration but this")]
fn check(plans: &str) {
    if std::env::var_os("RINGTRUE_BLESS").is_some() {
        fs::write(GOLDEN, plans).unwrap();
    }
    let golden = fs::read_to_string(GOLDEN).unwrap();
    let differs = golden
        .lines()
        .zip(plans.lines())
        .find(|(golden, plan)| golden != plan);
    assert!(differs.is_none() && golden == plans, "{differs:?} in\n{plans}");
}
