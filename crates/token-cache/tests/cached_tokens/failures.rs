use std::{
    pin::pin,
    sync::mpsc::{self, RecvTimeoutError},
    task::{Context, Waker},
    thread,
    time::Duration,
};

use ringtrue_core::port::{StoreError, TokenStore as _};
use ringtrue_memory::ManualClock;
use ringtrue_testkit::builders::found;
use ringtrue_token_cache::LIFETIME;

use crate::gated::{Gated, Lookups, cached};

#[tokio::test]
async fn while_the_store_is_down_a_token_is_known_for_its_lifetime_and_no_longer() {
    let (store, clock) = (Gated::open(), ManualClock::default());
    let cache = cached(&store, &clock);
    let token = store.token("crm").await;
    cache.find(&token.hash).await.unwrap();
    store.lookups(Lookups::Fail);
    clock.advance(LIFETIME / 2);
    assert!(cache.find(&token.hash).await.unwrap().is_some());
    // The lookup in the background has failed, and that changes nothing.
    store.read().await;
    store.read().await;
    assert!(cache.find(&token.hash).await.unwrap().is_some());
    clock.advance(LIFETIME / 2);
    let down = cache.find(&token.hash).await.unwrap_err();
    assert!(matches!(down, StoreError::Unavailable(_)));

    store.lookups(Lookups::Work);
    assert!(cache.find(&token.hash).await.unwrap().is_some());
}

#[tokio::test]
async fn all_who_share_a_lookup_are_told_that_it_failed() {
    let (store, clock) = (Gated::closed(), ManualClock::default());
    let cache = cached(&store, &clock);
    let token = store.token("crm").await;
    store.lookups(Lookups::Fail);
    let callers: Vec<_> = (0..8)
        .map(|_| {
            let (cache, hash) = (cache.clone(), token.hash);
            tokio::spawn(async move { cache.find(&hash).await })
        })
        .collect();
    store.read().await;
    tokio::task::yield_now().await;
    store.let_one_through();
    for caller in callers {
        let failed = caller.await.unwrap().unwrap_err();
        assert_eq!(std::error::Error::source(&failed).unwrap().to_string(), "down");
    }
    assert_eq!(store.asked(), 1);
}

#[tokio::test]
async fn a_lookup_that_panics_is_a_failure_and_the_next_one_is_another() {
    let (store, clock) = (Gated::open(), ManualClock::default());
    let cache = cached(&store, &clock);
    let token = store.token("crm").await;
    store.lookups(Lookups::Panic);
    let failed = cache.find(&token.hash).await.unwrap_err();
    assert!(matches!(failed, StoreError::Unavailable(_)));
    store.lookups(Lookups::Work);
    assert_eq!(cache.find(&token.hash).await.unwrap(), Some(found(token)));
}

/// What comes of a call on a thread of its own: disconnected if it panics, timed out if it has locked itself out.
fn on_a_thread<T: Send + 'static>(call: impl FnOnce() -> T + Send + 'static) -> Result<T, RecvTimeoutError> {
    let (sender, answer) = mpsc::channel();
    thread::spawn(move || sender.send(call()));
    answer.recv_timeout(Duration::from_secs(30))
}

#[test]
fn callers_whose_runtime_is_gone_are_told() {
    let (store, clock) = (Gated::open(), ManualClock::default());
    let cache = cached(&store, &clock);
    let gone = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .build()
        .unwrap();
    let staying = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let token = staying.block_on(store.token("crm"));
    let handle = gone.handle().clone();
    drop(gone);
    let told = on_a_thread({
        let cache = cache.clone();
        move || handle.block_on(cache.find(&token.hash))
    });
    assert!(matches!(told, Ok(Err(StoreError::Unavailable(_)))), "{told:?}");
    assert_eq!(
        staying.block_on(cache.find(&token.hash)).unwrap(),
        Some(found(token))
    );
}

#[test]
fn a_caller_without_a_runtime_panics_and_holds_nobody_up() {
    let (store, clock) = (Gated::open(), ManualClock::default());
    let cache = cached(&store, &clock);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let token = runtime.block_on(store.token("crm"));
    let without = on_a_thread({
        let cache = cache.clone();
        move || {
            let mut context = Context::from_waker(Waker::noop());
            pin!(cache.find(&token.hash)).poll(&mut context).is_ready()
        }
    });
    assert_eq!(without, Err(RecvTimeoutError::Disconnected));
    assert_eq!(
        runtime.block_on(cache.find(&token.hash)).unwrap(),
        Some(found(token))
    );
}
