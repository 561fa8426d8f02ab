//! Memory keeps every promise of the storage ports.

use ringtrue_core::port::Storage;
use ringtrue_memory::MemoryStorage;

async fn open() -> (Storage, ()) {
    (MemoryStorage::new().storage(), ())
}

ringtrue_testkit::storage_contract!(crate::open);
