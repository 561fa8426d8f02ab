use ringtrue_core::port::TokenStore as _;
use ringtrue_memory::ManualClock;
use ringtrue_testkit::builders::found;
use ringtrue_token_cache::LIFETIME;
use time::Duration;

use crate::gated::{Gated, cached};

/// One step of any clock here.
const TICK: Duration = Duration::MICROSECOND;

#[test]
fn the_lifetime_is_less_than_the_second_that_a_revocation_may_take() {
    assert!(LIFETIME < Duration::SECOND);
}

#[tokio::test]
async fn a_token_revoked_on_one_replica_is_refused_by_the_other_within_a_second() {
    let (store, clock) = (Gated::open(), ManualClock::default());
    let [here, there] = [cached(&store, &clock), cached(&store, &clock)];
    let token = store.token("crm").await;
    assert!(here.find(&token.hash).await.unwrap().is_some());
    assert!(there.find(&token.hash).await.unwrap().is_some());

    assert!(here.remove(&token.id).await.unwrap());
    assert_eq!(here.find(&token.hash).await.unwrap(), None, "here at once");
    clock.advance(LIFETIME);
    assert_eq!(there.find(&token.hash).await.unwrap(), None);
}

#[tokio::test]
async fn a_token_is_looked_up_once_in_its_lifetime() {
    let (store, clock) = (Gated::open(), ManualClock::default());
    let cache = cached(&store, &clock);
    let token = store.token("crm").await;
    for _ in 0..100 {
        assert_eq!(cache.find(&token.hash).await.unwrap(), Some(found(token.clone())));
    }
    assert_eq!(store.asked(), 1);
    clock.advance(LIFETIME);
    cache.find(&token.hash).await.unwrap();
    assert_eq!(store.asked(), 2);
}

#[tokio::test]
async fn a_token_in_use_is_looked_up_again_before_it_is_forgotten_and_nobody_waits() {
    let (store, clock) = (Gated::closed(), ManualClock::default());
    let cache = cached(&store, &clock);
    let token = store.token("crm").await;
    store.let_one_through();
    cache.find(&token.hash).await.unwrap();
    store.read().await;

    clock.advance(LIFETIME / 2);
    for _ in 0..3 {
        // The store does not answer; the cache does.
        assert!(cache.find(&token.hash).await.unwrap().is_some());
    }
    store.read().await;
    assert_eq!(store.asked(), 2, "one lookup in the background");
    store.let_one_through();
    // The lookup is over when the token is known beyond the lifetime of the first.
    clock.advance(LIFETIME / 2);
    assert!(cache.find(&token.hash).await.unwrap().is_some());
}

#[tokio::test]
async fn a_token_revoked_while_it_is_in_use_is_refused_when_the_lookup_in_the_background_says_so() {
    let (store, clock) = (Gated::open(), ManualClock::default());
    let [here, there] = [cached(&store, &clock), cached(&store, &clock)];
    let token = store.token("crm").await;
    there.find(&token.hash).await.unwrap();
    here.remove(&token.id).await.unwrap();
    clock.advance(LIFETIME / 2);
    // The first that finds it starts the lookup; the clock stands, so only the lookup can end this.
    while there.find(&token.hash).await.unwrap().is_some() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn the_lifetime_counts_from_before_the_store_was_asked() {
    let (store, clock) = (Gated::closed(), ManualClock::default());
    let cache = cached(&store, &clock);
    let token = store.token("crm").await;
    let slow = tokio::spawn({
        let (cache, hash) = (cache.clone(), token.hash);
        async move { cache.find(&hash).await.unwrap() }
    });
    store.read().await;
    store.remove(&token.id).await.unwrap();
    clock.advance(LIFETIME - TICK);
    store.let_one_through();
    // It asked before the revocation, and so this answer is right.
    assert!(slow.await.unwrap().is_some());
    assert!(cache.find(&token.hash).await.unwrap().is_some());
    clock.advance(TICK);
    store.let_one_through();
    store.let_one_through();
    assert_eq!(cache.find(&token.hash).await.unwrap(), None);
}

#[tokio::test]
async fn a_clock_that_is_set_back_makes_nothing_last_longer() {
    let (store, clock) = (Gated::open(), ManualClock::default());
    let cache = cached(&store, &clock);
    let token = store.token("crm").await;
    cache.find(&token.hash).await.unwrap();
    store.remove(&token.id).await.unwrap();
    clock.advance(-Duration::HOUR);
    assert_eq!(cache.find(&token.hash).await.unwrap(), None);
}

#[tokio::test]
async fn a_lookup_that_was_under_way_when_a_token_was_removed_is_not_remembered() {
    let (store, clock) = (Gated::closed(), ManualClock::default());
    let cache = cached(&store, &clock);
    let token = store.token("crm").await;
    let early = tokio::spawn({
        let (cache, hash) = (cache.clone(), token.hash);
        async move { cache.find(&hash).await.unwrap() }
    });
    store.read().await;
    cache.remove(&token.id).await.unwrap();
    store.let_one_through();
    assert!(early.await.unwrap().is_some());
    store.let_one_through();
    assert_eq!(cache.find(&token.hash).await.unwrap(), None);
}
