//! A token cache keeps every promise of a token store over memory.

use std::{
    future::{Ready, ready},
    sync::Arc,
};

use ringtrue_core::port::Storage;
use ringtrue_memory::{ManualClock, MemoryStorage};
use ringtrue_token_cache::CachedTokens;

fn open() -> Ready<(Storage, ())> {
    let storage = MemoryStorage::new().storage();
    let clock = Arc::new(ManualClock::default());
    let tokens = Arc::new(CachedTokens::new(Arc::clone(&storage.tokens), clock));
    ready((Storage { tokens, ..storage }, ()))
}

ringtrue_testkit::storage_contract!(tokens crate::open);
