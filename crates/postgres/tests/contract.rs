//! PostgreSQL keeps every promise of the storage ports.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod support;

use ringtrue_core::port::Storage;
use support::TestDatabase;

async fn open() -> (Storage, TestDatabase) {
    let (database, postgres) = TestDatabase::migrated().await;
    (postgres.storage(), database)
}

ringtrue_testkit::storage_contract!(crate::open);
