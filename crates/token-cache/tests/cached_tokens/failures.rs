use ringtrue_core::port::{StoreError, TokenStore as _};
use ringtrue_memory::ManualClock;
use ringtrue_token_cache::LIFETIME;

use crate::gated::{Gated, Looks, cached};

#[tokio::test]
async fn while_the_store_is_down_a_token_is_known_for_its_lifetime_and_no_longer() {
    let (store, clock) = (Gated::open(), ManualClock::default());
    let cache = cached(&store, &clock);
    let token = store.token("crm").await;
    cache.find(&token.hash).await.unwrap();
    store.looks(Looks::Fail);
    clock.advance(LIFETIME / 2);
    assert!(cache.find(&token.hash).await.unwrap().is_some());
    // The look in the background has failed, and that changes nothing.
    store.read().await;
    store.read().await;
    assert!(cache.find(&token.hash).await.unwrap().is_some());
    clock.advance(LIFETIME / 2);
    let down = cache.find(&token.hash).await.unwrap_err();
    assert!(matches!(down, StoreError::Unavailable(_)));

    store.looks(Looks::Work);
    assert!(cache.find(&token.hash).await.unwrap().is_some());
}

#[tokio::test]
async fn all_who_share_a_look_are_told_that_it_failed() {
    let (store, clock) = (Gated::closed(), ManualClock::default());
    let cache = cached(&store, &clock);
    let token = store.token("crm").await;
    store.looks(Looks::Fail);
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
async fn a_look_that_panics_is_a_failure_and_the_next_one_is_another() {
    let (store, clock) = (Gated::open(), ManualClock::default());
    let cache = cached(&store, &clock);
    let token = store.token("crm").await;
    store.looks(Looks::Panic);
    let failed = cache.find(&token.hash).await.unwrap_err();
    assert!(matches!(failed, StoreError::Unavailable(_)));
    store.looks(Looks::Work);
    assert_eq!(cache.find(&token.hash).await.unwrap(), Some(token));
}
