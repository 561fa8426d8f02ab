//! SQLite keeps every promise of the storage ports, in a file and in memory.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use ringtrue_core::port::Storage;
use ringtrue_sqlite::{Location, Options, Sqlite};
use tempfile::TempDir;

async fn migrated(location: Location) -> Storage {
    let database = Sqlite::open(&Options::new(location)).await.unwrap();
    database.migrate().await.unwrap();
    database.storage()
}

async fn open_file() -> (Storage, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let storage = migrated(Location::File(folder.path().join("ringtrue.db"))).await;
    (storage, folder)
}

async fn open_memory() -> (Storage, ()) {
    (migrated(Location::Memory).await, ())
}

mod file {
    ringtrue_testkit::storage_contract!(crate::open_file);
}

mod memory {
    ringtrue_testkit::storage_contract!(crate::open_memory);
}
