//! Group commit keeps every promise of the storage ports over SQLite.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::sync::Arc;

use ringtrue_core::port::Storage;
use ringtrue_group_commit::{Batching, GroupCommit, Options};
use ringtrue_sqlite::{Location, Sqlite};
use tempfile::TempDir;

async fn open() -> (Storage, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let location = Location::File(folder.path().join("ringtrue.db"));
    let database = Sqlite::open(&ringtrue_sqlite::Options::new(location))
        .await
        .unwrap();
    database.migrate().await.unwrap();
    let storage = database.storage();
    let options = Options {
        commits: Some(Batching::default()),
        loads: Some(Batching::default()),
        at_once: None,
    };
    let users = Arc::new(GroupCommit::new(Arc::clone(&storage.users), options).unwrap());
    (Storage { users, ..storage }, folder)
}

ringtrue_testkit::storage_contract!(crate::open);
