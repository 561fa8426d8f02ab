//! Memory keeps every promise of the storage ports.

use std::future::{Ready, ready};

use ringtrue_core::port::Storage;
use ringtrue_memory::MemoryStorage;

fn open() -> Ready<(Storage, ())> {
    ready((MemoryStorage::new().storage(), ()))
}

ringtrue_testkit::storage_contract!(forgetful crate::open);
