use ringtrue_core::{port::TokenStore as _, token::AccessToken};
use ringtrue_memory::ManualClock;
use ringtrue_testkit::builders::found;
use ringtrue_token_cache::LIFETIME;

use crate::gated::{Gated, cached};

#[tokio::test]
async fn callers_who_come_at_once_share_a_lookup() {
    let (store, clock) = (Gated::closed(), ManualClock::default());
    let cache = cached(&store, &clock);
    let token = store.token("crm").await;
    let callers: Vec<_> = (0..64)
        .map(|_| {
            let (cache, hash) = (cache.clone(), token.hash);
            tokio::spawn(async move { cache.find(&hash).await.unwrap() })
        })
        .collect();
    store.read().await;
    // All of them have come by now, or find it remembered.
    store.let_one_through();
    for caller in callers {
        assert_eq!(caller.await.unwrap(), Some(found(token.clone())));
    }
    assert_eq!(store.asked(), 1);
}

#[tokio::test]
async fn callers_with_different_tokens_do_not_wait_for_each_other() {
    let (store, clock) = (Gated::closed(), ManualClock::default());
    let cache = cached(&store, &clock);
    let [slow, quick] = [store.token("slow").await, store.token("quick").await];
    let waiting = tokio::spawn({
        let (cache, hash) = (cache.clone(), slow.hash);
        async move { cache.find(&hash).await.unwrap() }
    });
    store.read().await;
    let second = tokio::spawn({
        let (cache, hash) = (cache.clone(), quick.hash);
        async move { cache.find(&hash).await.unwrap() }
    });
    store.read().await;
    store.let_one_through();
    store.let_one_through();
    assert_eq!(second.await.unwrap(), Some(found(quick)));
    assert_eq!(waiting.await.unwrap(), Some(found(slow)));
}

#[tokio::test]
async fn a_token_made_while_somebody_looks_in_vain_is_found_by_who_comes_after() {
    let (store, clock) = (Gated::closed(), ManualClock::default());
    let cache = cached(&store, &clock);
    let token = ringtrue_testkit::builders::token(
        ringtrue_core::access::Subject::Service("new".to_owned()),
        ringtrue_testkit::builders::NOON,
    );
    let find = || {
        let (cache, hash) = (cache.clone(), token.hash);
        tokio::spawn(async move { cache.find(&hash).await.unwrap() })
    };
    let early = find();
    store.read().await;
    cache.insert(&token).await.unwrap();
    let late = find();
    // It has joined the lookup that cannot see the token.
    tokio::task::yield_now().await;
    store.let_one_through();
    assert_eq!(early.await.unwrap(), None);
    store.let_one_through();
    assert_eq!(late.await.unwrap(), Some(found(token)));
}

#[tokio::test]
async fn an_answer_that_was_too_long_on_its_way_is_for_those_who_asked_before_it_was() {
    let (store, clock) = (Gated::closed(), ManualClock::default());
    let cache = cached(&store, &clock);
    let token = store.token("crm").await;
    let find = || {
        let (cache, hash) = (cache.clone(), token.hash);
        tokio::spawn(async move { cache.find(&hash).await.unwrap() })
    };
    let early = find();
    store.read().await;
    store.remove(&token.id).await.unwrap();
    clock.advance(LIFETIME);
    let late = find();
    tokio::task::yield_now().await;
    store.let_one_through();
    assert!(early.await.unwrap().is_some());
    store.let_one_through();
    assert_eq!(late.await.unwrap(), None);
}

#[tokio::test]
async fn a_caller_who_goes_away_takes_the_answer_from_nobody() {
    let (store, clock) = (Gated::closed(), ManualClock::default());
    let cache = cached(&store, &clock);
    let token = store.token("crm").await;
    let find = || {
        let (cache, hash) = (cache.clone(), token.hash);
        tokio::spawn(async move { cache.find(&hash).await.unwrap() })
    };
    let first = find();
    store.read().await;
    let second = find();
    tokio::task::yield_now().await;
    first.abort();
    assert!(first.await.is_err());
    store.let_one_through();
    assert_eq!(second.await.unwrap(), Some(found(token)));
    assert_eq!(store.asked(), 1);
}

#[tokio::test]
async fn unknown_tokens_are_looked_for_every_time() {
    let (store, clock) = (Gated::open(), ManualClock::default());
    let cache = cached(&store, &clock);
    let unknown = AccessToken::new("unknown").hash();
    for _ in 0..3 {
        assert_eq!(cache.find(&unknown).await.unwrap(), None);
    }
    assert_eq!(store.asked(), 3);
}
