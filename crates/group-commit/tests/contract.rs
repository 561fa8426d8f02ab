//! Group commit keeps every promise of the storage ports over memory.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::{
    future::{Ready, ready},
    sync::Arc,
};

use ringtrue_core::port::Storage;
use ringtrue_group_commit::{Batching, GroupCommit, Options};
use ringtrue_memory::MemoryStorage;

fn open(batching: Batching) -> Ready<(Storage, ())> {
    let storage = MemoryStorage::new().storage();
    let options = Options {
        commits: Some(batching),
        loads: Some(batching),
    };
    let users = Arc::new(GroupCommit::new(Arc::clone(&storage.users), options).unwrap());
    ready((Storage { users, ..storage }, ()))
}

fn open_default() -> Ready<(Storage, ())> {
    open(Batching::default())
}

fn open_narrow() -> Ready<(Storage, ())> {
    open(Batching {
        slots: 2,
        batch_len_max: 3,
        ..Batching::default()
    })
}

mod default {
    ringtrue_testkit::storage_contract!(forgetful crate::open_default);
}

mod narrow {
    ringtrue_testkit::storage_contract!(forgetful crate::open_narrow);
}
