//! Who shares a batch with whom.

use ringtrue_core::port::{
    CommitOutcome::{Committed, Conflict},
    UserStore as _,
};
use ringtrue_group_commit::{Batching, GroupCommit, Options};
use ringtrue_testkit::builders::{creation, failure};
use tokio::task::yield_now;

use crate::gated::{Asked, Gated, begin_commit};

#[tokio::test]
async fn a_lone_caller_is_a_batch_of_one_and_waits_for_nobody() {
    let (store, batched) = Gated::batched(Batching::default());
    store.let_commits_pass(3);
    for id in ["ada", "bea", "cleo"] {
        assert_eq!(batched.commit(&[creation(id)]).await.unwrap(), [Committed]);
        assert_eq!(store.asked().await, Asked::commit(&[id]));
    }
    assert!(store.is_idle().await);
}

#[tokio::test]
async fn callers_who_are_about_to_call_are_on_board_when_the_first_batch_leaves() {
    let (store, batched) = Gated::batched(Batching::default());
    let mut calls = Vec::new();
    for (id, turns) in [("ada", 0), ("bea", 1), ("cleo", 2)] {
        let batched = batched.clone();
        calls.push(tokio::spawn(async move {
            for _turn in 0..turns {
                yield_now().await;
            }
            batched.commit(&[creation(id)]).await
        }));
    }
    assert_eq!(store.asked().await, Asked::commit(&["ada", "bea", "cleo"]));
    store.let_commits_pass(1);
    for call in calls {
        assert_eq!(call.await.unwrap().unwrap(), [Committed]);
    }
}

#[tokio::test]
async fn callers_who_come_while_a_batch_is_away_share_the_next() {
    let (store, batched) = Gated::batched(Batching::default());
    let first = begin_commit(&batched, vec![creation("first")]).await;
    assert_eq!(store.asked().await, Asked::commit(&["first"]));
    let ids: Vec<String> = (0..100).map(|n| format!("user-{n}")).collect();
    let mut others = Vec::new();
    for id in &ids {
        others.push(begin_commit(&batched, vec![creation(id)]).await);
    }
    store.let_commits_pass(2);
    assert_eq!(first.await.unwrap(), [Committed]);
    for other in others {
        assert_eq!(other.await.unwrap(), [Committed]);
    }
    assert_eq!(store.asked().await, Asked::Commit(ids));
    assert!(store.is_idle().await);
}

#[tokio::test]
async fn each_caller_gets_their_own_outcomes_in_their_own_order() {
    let (store, batched) = Gated::batched(Batching::default());
    store.let_commits_pass(1);
    let (ada, bea) = (creation("ada"), creation("bea"));
    batched.commit(&[ada.clone(), bea.clone()]).await.unwrap();
    assert_eq!(store.asked().await, Asked::commit(&["ada", "bea"]));

    let first = begin_commit(&batched, vec![creation("first")]).await;
    assert_eq!(store.asked().await, Asked::commit(&["first"]));
    let stale_between = vec![creation("cleo"), creation("ada"), failure(&bea)];
    let several = begin_commit(&batched, stale_between).await;
    let none = batched.commit(&[]).await.unwrap();
    let one = begin_commit(&batched, vec![creation("dora")]).await;
    store.let_commits_pass(2);
    assert_eq!(first.await.unwrap(), [Committed]);
    assert_eq!(several.await.unwrap(), [Committed, Conflict, Committed]);
    assert_eq!(one.await.unwrap(), [Committed]);
    assert_eq!(none, []);
    assert_eq!(
        store.asked().await,
        Asked::commit(&["cleo", "ada", "bea", "dora"])
    );
}

#[tokio::test]
async fn a_second_commit_for_a_user_waits_for_a_later_batch_and_holds_nobody_up() {
    let (store, batched) = Gated::batched(Batching::default());
    let first = begin_commit(&batched, vec![creation("first")]).await;
    assert_eq!(store.asked().await, Asked::commit(&["first"]));
    let ada = creation("ada");
    let wins = begin_commit(&batched, vec![ada.clone()]).await;
    let loses = begin_commit(&batched, vec![creation("ada")]).await;
    let follows = begin_commit(&batched, vec![failure(&ada)]).await;
    let other = begin_commit(&batched, vec![creation("bea")]).await;
    store.let_commits_pass(4);
    assert_eq!(first.await.unwrap(), [Committed]);
    assert_eq!(wins.await.unwrap(), [Committed]);
    assert_eq!(loses.await.unwrap(), [Conflict]);
    assert_eq!(follows.await.unwrap(), [Committed]);
    assert_eq!(other.await.unwrap(), [Committed]);
    assert_eq!(store.asked().await, Asked::commit(&["ada", "bea"]));
    assert_eq!(store.asked().await, Asked::commit(&["ada"]));
    assert_eq!(store.asked().await, Asked::commit(&["ada"]));
}

#[tokio::test]
async fn a_caller_who_goes_away_changes_nothing() {
    let (store, batched) = Gated::batched(Batching::default());
    let on_its_way = begin_commit(&batched, vec![creation("ada")]).await;
    assert_eq!(store.asked().await, Asked::commit(&["ada"]));
    let waiting = begin_commit(&batched, vec![creation("bea")]).await;
    let stays = begin_commit(&batched, vec![creation("cleo")]).await;
    drop(on_its_way);
    drop(waiting);
    store.let_commits_pass(2);
    assert_eq!(stays.await.unwrap(), [Committed]);
    assert_eq!(store.asked().await, Asked::commit(&["bea", "cleo"]));
    for id in ["ada", "bea", "cleo"] {
        assert_eq!(store.sequence(id).await, 1, "{id}");
    }
}

#[tokio::test]
async fn a_caller_who_is_not_polled_holds_nobody_up() {
    let (store, batched) = Gated::batched(Batching::default());
    let idle = begin_commit(&batched, vec![creation("ada")]).await;
    store.let_commits_pass(2);
    assert_eq!(batched.commit(&[creation("bea")]).await.unwrap(), [Committed]);
    assert_eq!(idle.await.unwrap(), [Committed]);
}

#[tokio::test]
async fn what_is_not_batched_goes_to_the_store_as_it_comes() {
    let store = Gated::new();
    let batched = GroupCommit::new(store.clone(), Options::default()).unwrap();
    let batched = std::sync::Arc::new(batched);
    let ada = begin_commit(&batched, vec![creation("ada")]).await;
    let bea = begin_commit(&batched, vec![creation("bea")]).await;
    assert_eq!(store.asked().await, Asked::commit(&["ada"]));
    assert_eq!(store.asked().await, Asked::commit(&["bea"]));
    store.let_commits_pass(2);
    assert_eq!(ada.await.unwrap(), [Committed]);
    assert_eq!(bea.await.unwrap(), [Committed]);
}
