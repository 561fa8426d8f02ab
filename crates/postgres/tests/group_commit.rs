//! Group commit keeps every promise of the storage ports over PostgreSQL.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod support;

use std::sync::Arc;

use ringtrue_core::port::Storage;
use ringtrue_group_commit::{Batching, GroupCommit, Options};
use support::TestDatabase;

async fn open() -> (Storage, TestDatabase) {
    let (database, postgres) = TestDatabase::migrated().await;
    let storage = postgres.storage();
    let options = Options {
        commits: Some(Batching::default()),
        loads: Some(Batching::default()),
        at_once: None,
    };
    let users = Arc::new(GroupCommit::new(Arc::clone(&storage.users), options).unwrap());
    (Storage { users, ..storage }, database)
}

ringtrue_testkit::storage_contract!(crate::open);
