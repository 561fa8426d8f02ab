//! Which loads are one.

use ringtrue_core::port::{CommitOutcome::Committed, StoreError, UserStore as _};
use ringtrue_group_commit::Batching;
use ringtrue_testkit::builders::{creation, user_id};

use crate::gated::{Asked, Gated, begin_load};

#[tokio::test]
async fn an_id_that_several_ask_for_is_asked_for_once() {
    let (store, batched) = Gated::batched(Batching::default());
    store.let_commits_pass(1);
    batched.commit(&[creation("ada"), creation("bea")]).await.unwrap();
    assert_eq!(store.asked().await, Asked::commit(&["ada", "bea"]));
    let first = begin_load(&batched, &["ada"]).await;
    assert_eq!(store.asked().await, Asked::load(&["ada"]));
    let ada = begin_load(&batched, &["ada"]).await;
    let all = begin_load(&batched, &["nobody", "bea", "ada", "bea"]).await;
    let bea = begin_load(&batched, &["bea"]).await;
    store.let_loads_pass(2);
    let sequences = |found: Result<Vec<ringtrue_core::port::Versioned<_>>, StoreError>| {
        let found: Vec<ringtrue_core::port::Versioned<ringtrue_core::user::User>> = found.unwrap();
        found
            .iter()
            .map(|now| (now.sequence, now.last_commit))
            .collect::<Vec<_>>()
    };
    let (ada_now, bea_now) = (sequences(first.await), sequences(bea.await));
    assert_eq!(ada_now[0].0, 1);
    assert_ne!(ada_now, bea_now);
    assert_eq!(sequences(ada.await), ada_now);
    assert_eq!(
        sequences(all.await),
        [(0, None), bea_now[0], ada_now[0], bea_now[0]]
    );
    assert_eq!(store.asked().await, Asked::load(&["ada", "nobody", "bea"]));
    assert!(store.is_idle().await);
}

#[tokio::test]
async fn a_load_sees_what_was_acknowledged_before_it_began() {
    let (store, batched) = Gated::batched(Batching::default());
    let early = begin_load(&batched, &["ada"]).await;
    assert_eq!(store.asked().await, Asked::load(&["ada"]));
    // It has read already; what is acknowledged from here on is not in its answer.
    store.let_commits_pass(1);
    assert_eq!(batched.commit(&[creation("ada")]).await.unwrap(), [Committed]);
    let late = begin_load(&batched, &["ada"]).await;
    store.let_loads_pass(2);
    assert_eq!(early.await.unwrap()[0].sequence, 0);
    assert_eq!(late.await.unwrap()[0].sequence, 1);
}

#[tokio::test]
async fn loads_do_not_wait_for_commits() {
    let (store, batched) = Gated::batched(Batching::default());
    let commit = crate::gated::begin_commit(&batched, vec![creation("ada")]).await;
    store.let_loads_pass(1);
    assert_eq!(batched.load(&[user_id("ada")]).await.unwrap()[0].sequence, 0);
    store.let_commits_pass(1);
    assert_eq!(commit.await.unwrap(), [Committed]);
}
