//! [`UserStore`](ringtrue_core::port::UserStore): of many at once, exactly the right ones win.

use ringtrue_core::{
    CommitId,
    port::{Commit, CommitOutcome, Storage},
    user::{Claim, Event},
};
use tokio::task::JoinSet;

use super::{load, stored, write};
use crate::builders::{creation, failure, unique_bytes, user_id, username};

pub async fn of_many_racing_commits_exactly_one_wins_each_sequence(storage: &Storage) {
    const WORKERS: usize = 8;
    const ROUNDS: u64 = 12;
    let created = creation("ada");
    write(storage, std::slice::from_ref(&created)).await;
    let mut before = created;
    for _ in 0..ROUNDS {
        let mut racers = JoinSet::new();
        for _ in 0..WORKERS {
            let (users, commit) = (storage.users.clone(), failure(&before));
            racers.spawn(async move {
                (
                    users
                        .commit(std::slice::from_ref(&commit))
                        .await
                        .unwrap()
                        .remove(0),
                    commit,
                )
            });
        }
        let outcomes = racers.join_all().await;
        let (won, lost): (Vec<_>, Vec<_>) = outcomes
            .into_iter()
            .partition(|(outcome, _)| *outcome == CommitOutcome::Committed);
        assert_eq!(won.len(), 1);
        assert!(
            lost.iter()
                .all(|(outcome, _)| *outcome == CommitOutcome::Conflict)
        );
        before = won.into_iter().next().unwrap().1;
        assert_eq!(load(storage, &before.user).await, stored(&before));
    }
    assert_eq!(
        storage.users.history(&before.user).await.unwrap().len() as u64,
        ROUNDS + 1
    );
}

/// Workers load all users and commit to all of them in one batch, each in an order of its own.
pub async fn of_many_racing_batches_every_win_is_in_the_history_once(storage: &Storage) {
    const WORKERS: usize = 6;
    const ROUNDS: usize = 15;
    const USERS: usize = 5;
    let created: Vec<Commit> = (0..USERS).map(|n| creation(&format!("user-{n}"))).collect();
    write(storage, &created).await;
    let ids: Vec<_> = created.iter().map(|commit| commit.user.clone()).collect();
    let mut workers = JoinSet::new();
    for worker in 0..WORKERS {
        let users = storage.users.clone();
        let mut ids = ids.clone();
        ids.rotate_left(worker % USERS);
        if worker % 2 == 1 {
            ids.reverse();
        }
        workers.spawn(async move {
            let mut won: Vec<(usize, CommitId)> = Vec::new();
            for _ in 0..ROUNDS {
                let loaded = users.load(&ids).await.unwrap();
                let batch: Vec<Commit> = ids
                    .iter()
                    .zip(loaded)
                    .map(|(id, now)| Commit {
                        id: CommitId::from_bytes(unique_bytes()),
                        user: id.clone(),
                        expected: now.sequence,
                        take: Vec::new(),
                        events: vec![Event::VerificationFailed { lock: None }],
                        after: now.value,
                        ..creation("template")
                    })
                    .collect();
                let outcomes = users.commit(&batch).await.unwrap();
                for (commit, outcome) in batch.iter().zip(&outcomes) {
                    match outcome {
                        CommitOutcome::Committed => {
                            won.push((commit.user.as_str()[5..].parse().unwrap(), commit.id));
                        }
                        CommitOutcome::Conflict => {}
                        CommitOutcome::Claimed(name) => panic!("nobody took {name:?}"),
                        CommitOutcome::Answered => panic!("nobody gave a key"),
                    }
                }
            }
            won
        });
    }
    let won = workers.join_all().await.concat();
    assert!(won.len() >= ROUNDS, "somebody wins every round");
    let loaded = storage.users.load(&ids).await.unwrap();
    for (n, id) in ids.iter().enumerate() {
        let wins: Vec<_> = won
            .iter()
            .filter(|(user, _)| *user == n)
            .map(|(_, commit)| *commit)
            .collect();
        assert_eq!(
            loaded[n].sequence,
            1 + wins.len() as u64,
            "the sequence is the number of wins"
        );
        assert!(wins.contains(&loaded[n].last_commit.unwrap()));
        let history = storage.users.history(id).await.unwrap();
        assert!(
            history
                .iter()
                .map(|event| event.sequence)
                .eq(1..=loaded[n].sequence)
        );
    }
}

pub async fn of_many_who_race_for_a_name_exactly_one_gets_it(storage: &Storage) {
    let mut racers = JoinSet::new();
    for n in 0..24 {
        let users = storage.users.clone();
        let commit = Commit {
            take: vec![username("wanted")],
            ..creation(&format!("user-{n}"))
        };
        racers.spawn(async move { users.commit(&[commit]).await.unwrap().remove(0) });
    }
    let outcomes = racers.join_all().await;
    let taken = |name: &Claim| *name == username("wanted");
    let won = outcomes
        .iter()
        .filter(|outcome| **outcome == CommitOutcome::Committed)
        .count();
    let lost = outcomes
        .iter()
        .filter(|outcome| matches!(outcome, CommitOutcome::Claimed(name) if taken(name)))
        .count();
    assert_eq!((won, lost), (1, 23), "{outcomes:?}");
}

pub async fn of_many_who_race_to_create_a_user_exactly_one_does(storage: &Storage) {
    let mut racers = JoinSet::new();
    for _ in 0..24 {
        let (users, commit) = (storage.users.clone(), creation("ada"));
        racers.spawn(async move { users.commit(&[commit]).await.unwrap().remove(0) });
    }
    let outcomes = racers.join_all().await;
    let won = outcomes
        .iter()
        .filter(|outcome| **outcome == CommitOutcome::Committed)
        .count();
    let lost = outcomes
        .iter()
        .filter(|outcome| **outcome == CommitOutcome::Conflict)
        .count();
    assert_eq!((won, lost), (1, 23), "{outcomes:?}");
    assert_eq!(storage.users.history(&user_id("ada")).await.unwrap().len(), 1);
}
