//! What becomes of a batch that fails.

use std::{error::Error as _, sync::Arc};

use ringtrue_core::port::{CommitOutcome::Committed, StoreError, UserStore as _};
use ringtrue_group_commit::{Batching, GroupCommit};
use ringtrue_testkit::builders::creation;

use crate::gated::{Asked, Begun, Gated, MUTE, OVERLOADED, PANICS, REJECTED, UNAVAILABLE, begin_commit};

type Outcomes = Vec<Begun<ringtrue_core::port::CommitOutcome>>;

/// Begins calls that stand in one batch, behind one that is on its way; the batch may leave.
async fn one_batch(store: &Gated, batched: &Arc<GroupCommit<Gated>>, calls: &[&[&str]]) -> Outcomes {
    let first = begin_commit(batched, vec![creation("first")]).await;
    assert_eq!(store.asked().await, Asked::commit(&["first"]));
    let mut begun = Vec::new();
    for ids in calls {
        let commits = ids.iter().map(|id| creation(id)).collect();
        begun.push(begin_commit(batched, commits).await);
    }
    store.let_commits_pass(100);
    assert_eq!(first.await.unwrap(), [Committed]);
    begun
}

#[tokio::test]
async fn a_poisoned_commit_fails_alone() {
    let (store, batched) = Gated::batched(Batching::default());
    let ids = ["ada", "bea", "cleo", REJECTED, "dora", "emma", "fay"];
    let calls: Vec<&[&str]> = ids.iter().map(std::slice::from_ref).collect();
    for (call, id) in one_batch(&store, &batched, &calls).await.into_iter().zip(ids) {
        match call.await {
            Ok(outcomes) => assert_eq!(outcomes, [Committed], "{id}"),
            Err(error) => {
                assert!(matches!(error, StoreError::Rejected(_)), "{id}: {error:?}");
                assert_eq!(error.source().unwrap().to_string(), "cannot be represented");
                assert_eq!(id, REJECTED);
            }
        }
        assert_eq!(store.sequence(id).await, u64::from(id != REJECTED), "{id}");
    }
}

#[tokio::test]
async fn a_poisoned_commit_takes_the_rest_of_its_own_call_with_it_and_nobody_else() {
    let (store, batched) = Gated::batched(Batching::default());
    let calls: [&[&str]; 3] = [&["ada"], &["bea", REJECTED], &["cleo", "dora"]];
    let mut calls = one_batch(&store, &batched, &calls).await.into_iter();
    assert_eq!(calls.next().unwrap().await.unwrap(), [Committed]);
    assert!(matches!(
        calls.next().unwrap().await,
        Err(StoreError::Rejected(_))
    ));
    assert_eq!(calls.next().unwrap().await.unwrap(), [Committed, Committed]);
    assert_eq!(store.sequence("bea").await, 0);
}

#[tokio::test]
async fn finding_the_poisoned_one_among_many_takes_few_calls() {
    let (store, batched) = Gated::batched(Batching::default());
    let mut ids: Vec<String> = (0..128).map(|n| format!("user-{n}")).collect();
    ids[100] = REJECTED.to_owned();
    let ids: Vec<[&str; 1]> = ids.iter().map(|id| [id.as_str()]).collect();
    let calls: Vec<&[&str]> = ids.iter().map(<[_; 1]>::as_slice).collect();
    for call in one_batch(&store, &batched, &calls).await {
        let _ = call.await;
    }
    let mut asked = 0;
    while !store.is_idle().await {
        store.asked().await;
        asked += 1;
    }
    // The whole, and both halves of what holds it, seven times over.
    assert_eq!(asked, 1 + 2 * 7);
}

#[tokio::test]
async fn an_unknown_fate_is_everybodys_with_the_reason() {
    let (store, batched) = Gated::batched(Batching::default());
    for call in one_batch(&store, &batched, &[&["ada"], &[UNAVAILABLE], &["bea"]]).await {
        let error = call.await.unwrap_err();
        assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
        assert_eq!(error.source().unwrap().to_string(), "the connection broke");
    }
    assert_eq!(batched.commit(&[creation("cleo")]).await.unwrap(), [Committed]);
}

#[tokio::test]
async fn an_overloaded_store_sheds_the_whole_batch() {
    let (store, batched) = Gated::batched(Batching::default());
    for call in one_batch(&store, &batched, &[&["ada"], &[OVERLOADED]]).await {
        assert!(matches!(call.await, Err(StoreError::Overloaded)));
    }
    assert_eq!(batched.commit(&[creation("cleo")]).await.unwrap(), [Committed]);
}

#[tokio::test]
async fn a_store_that_panics_leaves_an_unknown_fate_and_goes_on() {
    let (store, batched) = Gated::batched(Batching::default());
    for call in one_batch(&store, &batched, &[&["ada"], &[PANICS]]).await {
        assert!(matches!(call.await, Err(StoreError::Unavailable(_))));
    }
    let alone = batched.commit(&[creation(PANICS)]).await;
    assert!(matches!(alone, Err(StoreError::Unavailable(_))));
    assert_eq!(batched.commit(&[creation("cleo")]).await.unwrap(), [Committed]);
}

#[tokio::test]
async fn a_store_that_does_not_answer_for_everybody_is_believed_for_nobody() {
    let (store, batched) = Gated::batched(Batching::default());
    for call in one_batch(&store, &batched, &[&["ada"], &[MUTE]]).await {
        assert!(matches!(call.await, Err(StoreError::Unavailable(_))));
    }
}

#[test]
fn callers_whose_runtime_is_gone_are_told() {
    let (store, batched) = Gated::batched(Batching::default());
    let carrying = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .build()
        .unwrap();
    let staying = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let on_its_way = carrying.block_on(begin_commit(&batched, vec![creation("ada")]));
    assert_eq!(staying.block_on(store.asked()), Asked::commit(&["ada"]));
    let waiting = staying.block_on(begin_commit(&batched, vec![creation("bea")]));
    drop(carrying);
    assert!(matches!(
        staying.block_on(on_its_way),
        Err(StoreError::Unavailable(_))
    ));
    assert!(matches!(staying.block_on(waiting), Err(StoreError::Overloaded)));
    store.let_commits_pass(1);
    let next = staying.block_on(async { batched.commit(&[creation("cleo")]).await });
    assert_eq!(next.unwrap(), [Committed]);
}
