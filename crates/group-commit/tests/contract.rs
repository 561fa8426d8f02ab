//! Group commit keeps every promise of the storage ports over memory.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::{
    future::{Ready, ready},
    num::NonZeroUsize,
    sync::Arc,
};

use ringtrue_core::port::Storage;
use ringtrue_group_commit::{Batching, GroupCommit, Options};
use ringtrue_memory::MemoryStorage;

fn open(batching: Batching, at_once: Option<NonZeroUsize>) -> Ready<(Storage, ())> {
    let storage = MemoryStorage::new().storage();
    let options = Options {
        commits: Some(batching),
        loads: Some(batching),
        at_once,
    };
    let users = Arc::new(GroupCommit::new(Arc::clone(&storage.users), options).unwrap());
    ready((Storage { users, ..storage }, ()))
}

fn open_default() -> Ready<(Storage, ())> {
    open(Batching::default(), None)
}

fn open_one_at_a_time() -> Ready<(Storage, ())> {
    open(Batching::default(), NonZeroUsize::new(1))
}

fn open_narrow() -> Ready<(Storage, ())> {
    let batching = Batching {
        slots: 2,
        batch_len_max: 3,
        ..Batching::default()
    };
    open(batching, None)
}

mod default {
    ringtrue_testkit::storage_contract!(forgetful crate::open_default);
}

mod one_at_a_time {
    ringtrue_testkit::storage_contract!(forgetful crate::open_one_at_a_time);
}

mod narrow {
    ringtrue_testkit::storage_contract!(forgetful crate::open_narrow);
}
