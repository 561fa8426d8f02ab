//! How much is on its way, how much waits, and the end.

use std::future::poll_fn;
use std::num::NonZeroUsize;
use std::pin::pin;
use std::task::Poll;

use ringtrue_core::port::{CommitOutcome::Committed, StoreError, UserStore as _};
use ringtrue_group_commit::{Batching, GroupCommit, Options};
use ringtrue_testkit::builders::{creation, user_id};

use crate::gated::{Asked, Gated, begin_commit, begin_load};

/// Lets what was begun go as far as it can, and tells whether a batch has left by then.
async fn nothing_leaves(store: &Gated) -> bool {
    for _ in 0..8 {
        tokio::task::yield_now().await;
    }
    store.is_idle().await
}

#[tokio::test]
async fn a_batch_leaves_beside_another_when_twice_as_many_wait_and_a_slot_is_free() {
    let (store, batched) = Gated::batched(Batching {
        slots: 2,
        ..Batching::default()
    });
    let mut calls = vec![begin_commit(&batched, vec![creation("ada")]).await];
    assert_eq!(store.asked().await, Asked::commit(&["ada"]));
    calls.push(begin_commit(&batched, vec![creation("bea")]).await);
    assert!(nothing_leaves(&store).await, "one is not company enough");
    calls.push(begin_commit(&batched, vec![creation("cleo")]).await);
    assert_eq!(store.asked().await, Asked::commit(&["bea", "cleo"]));
    for id in ["dora", "emma", "fay", "gwen", "hedy", "iris"] {
        calls.push(begin_commit(&batched, vec![creation(id)]).await);
    }
    assert!(nothing_leaves(&store).await, "there is no third slot");
    store.let_commits_pass(1);
    let rest = Asked::commit(&["dora", "emma", "fay", "gwen", "hedy", "iris"]);
    assert_eq!(store.asked().await, rest, "six wait, and two are on their way");
    store.let_commits_pass(2);
    for call in calls {
        assert_eq!(call.await.unwrap(), [Committed]);
    }
}

#[tokio::test]
async fn where_one_leaves_at_a_time_batches_of_both_kinds_wait_for_each_other_and_grow() {
    let (store, batched) = Gated::batched_at_once(Batching::default(), NonZeroUsize::new(1));
    let early = begin_load(&batched, &["ada"]).await;
    assert_eq!(store.asked().await, Asked::load(&["ada"]));
    let mut commits = vec![begin_commit(&batched, vec![creation("bea")]).await];
    assert!(nothing_leaves(&store).await, "a load is on its way");
    let late = begin_load(&batched, &["cleo"]).await;
    commits.push(begin_commit(&batched, vec![creation("dora")]).await);
    assert!(nothing_leaves(&store).await, "it still is");
    store.let_loads_pass(1);
    assert_eq!(early.await.unwrap().len(), 1);
    let grown = Asked::commit(&["bea", "dora"]);
    assert_eq!(store.asked().await, grown, "commits waited before the later load");
    assert!(nothing_leaves(&store).await, "commits are on their way");
    store.let_commits_pass(1);
    for commit in commits {
        assert_eq!(commit.await.unwrap(), [Committed]);
    }
    assert_eq!(store.asked().await, Asked::load(&["cleo"]));
    store.let_loads_pass(1);
    assert_eq!(late.await.unwrap().len(), 1);
}

#[tokio::test]
async fn who_calls_again_when_a_batch_is_back_is_in_the_batch_that_waited_for_it() {
    let (store, batched) = Gated::batched_at_once(Batching::default(), NonZeroUsize::new(1));
    let load = begin_load(&batched, &["ada"]).await;
    assert_eq!(store.asked().await, Asked::load(&["ada"]));
    let bea = begin_commit(&batched, vec![creation("bea")]).await;
    assert!(nothing_leaves(&store).await, "a load is on its way");
    let ada = tokio::spawn(async move {
        load.await.unwrap();
        // A caller takes a while to call again.
        tokio::task::yield_now().await;
        tokio::task::yield_now().await;
        batched.commit(&[creation("ada")]).await.unwrap()
    });
    store.let_loads_pass(1);
    assert_eq!(store.asked().await, Asked::commit(&["bea", "ada"]));
    store.let_commits_pass(1);
    assert_eq!(
        (bea.await.unwrap(), ada.await.unwrap()),
        (vec![Committed], vec![Committed])
    );
}

#[tokio::test]
async fn a_full_batch_leaves_beside_another_though_fewer_than_twice_as_many_wait() {
    let (store, batched) = Gated::batched(Batching {
        slots: 2,
        batch_len_max: 2,
        ..Batching::default()
    });
    let mut calls = vec![begin_commit(&batched, vec![creation("ada")]).await];
    assert_eq!(store.asked().await, Asked::commit(&["ada"]));
    for id in ["bea", "cleo", "dora", "emma"] {
        calls.push(begin_commit(&batched, vec![creation(id)]).await);
    }
    assert_eq!(store.asked().await, Asked::commit(&["bea", "cleo"]));
    assert!(nothing_leaves(&store).await, "there is no third slot");
    store.let_commits_pass(1);
    assert_eq!(store.asked().await, Asked::commit(&["dora", "emma"]));
    store.let_commits_pass(2);
    for call in calls {
        call.await.unwrap();
    }
}

#[tokio::test]
async fn a_slot_is_given_up_while_few_wait_and_another_is_on_its_way_to_take_them() {
    let (store, batched) = Gated::batched(Batching {
        slots: 2,
        ..Batching::default()
    });
    let first = begin_commit(&batched, vec![creation("ada")]).await;
    assert_eq!(store.asked().await, Asked::commit(&["ada"]));
    let mut others = Vec::new();
    for id in ["bea", "cleo", "dora"] {
        others.push(begin_commit(&batched, vec![creation(id)]).await);
    }
    assert_eq!(store.asked().await, Asked::commit(&["bea", "cleo", "dora"]));
    let few = begin_commit(&batched, vec![creation("emma")]).await;
    store.let_commits_pass(1);
    assert_eq!(first.await.unwrap(), [Committed]);
    assert!(
        nothing_leaves(&store).await,
        "one waits, and three are on their way"
    );
    store.let_commits_pass(2);
    assert_eq!(store.asked().await, Asked::commit(&["emma"]));
    assert_eq!(few.await.unwrap(), [Committed]);
    for other in others {
        assert_eq!(other.await.unwrap(), [Committed]);
    }
}

#[tokio::test]
async fn a_batch_is_no_longer_than_it_may_be() {
    let (store, batched) = Gated::batched(Batching {
        batch_len_max: 2,
        ..Batching::default()
    });
    let mut calls = vec![begin_commit(&batched, vec![creation("ada")]).await];
    assert_eq!(store.asked().await, Asked::commit(&["ada"]));
    for ids in [&["bea"][..], &["cleo"], &["dora"], &["emma", "fay", "gwen"]] {
        let commits = ids.iter().map(|id| creation(id)).collect();
        calls.push(begin_commit(&batched, commits).await);
    }
    store.let_commits_pass(9);
    for call in calls {
        call.await.unwrap();
    }
    assert_eq!(store.asked().await, Asked::commit(&["bea", "cleo"]));
    assert_eq!(store.asked().await, Asked::commit(&["dora"]));
    assert_eq!(store.asked().await, Asked::commit(&["emma", "fay", "gwen"]));
}

#[tokio::test]
async fn a_full_queue_sheds_at_once_and_takes_calls_again_when_it_has_room() {
    let (store, batched) = Gated::batched(Batching {
        queue_len_max: 2,
        ..Batching::default()
    });
    let mut taken = vec![begin_commit(&batched, vec![creation("ada")]).await];
    assert_eq!(store.asked().await, Asked::commit(&["ada"]));
    for id in ["bea", "cleo"] {
        taken.push(begin_commit(&batched, vec![creation(id)]).await);
    }
    // Answered while the gate is shut: it waited for nothing.
    let shed = batched.commit(&[creation("dora")]).await;
    assert!(matches!(shed, Err(StoreError::Overloaded)));
    store.let_commits_pass(3);
    for call in taken {
        assert_eq!(call.await.unwrap(), [Committed]);
    }
    assert_eq!(store.sequence("dora").await, 0);
    assert_eq!(batched.commit(&[creation("dora")]).await.unwrap(), [Committed]);
}

#[tokio::test]
async fn closing_writes_what_was_taken_and_sheds_what_comes_later() {
    let (store, batched) = Gated::batched(Batching::default());
    let on_its_way = begin_commit(&batched, vec![creation("ada")]).await;
    let waiting = begin_commit(&batched, vec![creation("bea")]).await;
    let abandoned = begin_commit(&batched, vec![creation("cleo")]).await;
    drop(abandoned);
    let loading = begin_load(&batched, &["ada"]).await;
    {
        let mut closing = pin!(batched.close());
        poll_fn(|context| {
            assert!(
                closing.as_mut().poll(context).is_pending(),
                "closed with work left"
            );
            Poll::Ready(())
        })
        .await;
        store.let_loads_pass(1);
        assert_eq!(loading.await.unwrap()[0].sequence, 0);
        store.let_commits_pass(2);
        closing.await;
    }
    for id in ["ada", "bea", "cleo"] {
        assert_eq!(store.sequence(id).await, 1, "{id}");
    }
    assert_eq!(on_its_way.await.unwrap(), [Committed]);
    assert_eq!(waiting.await.unwrap(), [Committed]);
    let late = batched.commit(&[creation("dora")]).await;
    assert!(matches!(late, Err(StoreError::Overloaded)));
    let late = batched.load(&[user_id("ada")]).await;
    assert!(matches!(late, Err(StoreError::Overloaded)));
    batched.close().await;
}

#[test]
fn limits_with_which_no_batch_would_leave_are_refused() {
    let options = Options {
        commits: Some(Batching {
            slots: 0,
            ..Batching::default()
        }),
        loads: None,
        at_once: None,
    };
    let refused = GroupCommit::new(Gated::new(), options).err().unwrap();
    assert_eq!(
        refused.to_string(),
        "slots, batch_len_max and queue_len_max must be at least 1"
    );
}
