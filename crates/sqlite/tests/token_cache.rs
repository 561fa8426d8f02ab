//! A token cache keeps every promise of a token store over SQLite.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::sync::Arc;

use ringtrue_core::port::Storage;
use ringtrue_memory::ManualClock;
use ringtrue_sqlite::{Location, Sqlite};
use ringtrue_token_cache::CachedTokens;
use tempfile::TempDir;

async fn open() -> (Storage, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let location = Location::File(folder.path().join("ringtrue.db"));
    let database = Sqlite::open(&ringtrue_sqlite::Options::new(location))
        .await
        .unwrap();
    database.migrate().await.unwrap();
    let storage = database.storage();
    let clock = Arc::new(ManualClock::default());
    let tokens = Arc::new(CachedTokens::new(Arc::clone(&storage.tokens), clock));
    (Storage { tokens, ..storage }, folder)
}

ringtrue_testkit::storage_contract!(tokens crate::open);
