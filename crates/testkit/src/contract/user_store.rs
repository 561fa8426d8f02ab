//! The promises of `UserStore`.

use ringtrue_core::{
    CommitId,
    access::Subject,
    port::{Commit, CommitOutcome, RecordedEvent, Storage, StoreError, Versioned},
    user::{Claim, Event, User},
};
use time::{Duration, macros::datetime};
use tokio::task::JoinSet;

use super::{load, stored, try_write, write};
use crate::builders::{
    EDITOR, NOON, added, creation, deletion, failure, next, token, unique_bytes, user_id, username,
    with_message,
};

pub async fn a_user_never_seen_is_absent_at_sequence_zero(storage: &Storage) {
    assert_eq!(load(storage, &user_id("nobody")).await, Versioned::initial());
    assert_eq!(storage.users.history(&user_id("nobody")).await.unwrap(), []);
}

pub async fn users_come_in_the_order_asked_for_even_twice(storage: &Storage) {
    let (ada, bea) = (creation("ada"), creation("bea"));
    write(storage, &[ada.clone(), bea.clone()]).await;
    let ids = ["bea", "nobody", "ada", "bea"].map(user_id);
    let expected = [stored(&bea), Versioned::initial(), stored(&ada), stored(&bea)];
    assert_eq!(storage.users.load(&ids).await.unwrap(), expected);
}

pub async fn nothing_asked_for_is_nothing_loaded_and_nothing_committed(storage: &Storage) {
    assert_eq!(storage.users.load(&[]).await.unwrap(), []);
    assert_eq!(storage.users.commit(&[]).await.unwrap(), []);
}

pub async fn a_commit_is_seen_by_the_next_load(storage: &Storage) {
    let created = creation("ada");
    write(storage, std::slice::from_ref(&created)).await;
    assert_eq!(load(storage, &created.user).await, stored(&created));
    let failed = failure(&created);
    write(storage, std::slice::from_ref(&failed)).await;
    assert_eq!(load(storage, &created.user).await, stored(&failed));
}

pub async fn a_stale_commit_conflicts_and_leaves_its_neighbours_alone(storage: &Storage) {
    let created = ["ada", "bea", "cleo"].map(creation);
    write(storage, &created).await;
    let first = failure(&created[1]);
    write(storage, std::slice::from_ref(&first)).await;
    let batch = [
        failure(&created[0]),
        failure(&created[1]),
        failure(&created[2]),
        creation("dora"),
    ];
    let outcomes = storage.users.commit(&batch).await.unwrap();
    assert_eq!(
        outcomes,
        [
            CommitOutcome::Committed,
            CommitOutcome::Conflict,
            CommitOutcome::Committed,
            CommitOutcome::Committed
        ]
    );
    let ids = ["ada", "bea", "cleo", "dora"].map(user_id);
    let expected = [
        stored(&batch[0]),
        stored(&first),
        stored(&batch[2]),
        stored(&batch[3]),
    ];
    assert_eq!(storage.users.load(&ids).await.unwrap(), expected);
}

pub async fn a_commit_that_runs_ahead_conflicts(storage: &Storage) {
    let created = creation("ada");
    let ahead = failure(&created);
    assert_eq!(try_write(storage, &ahead).await, CommitOutcome::Conflict);
    assert_eq!(load(storage, &created.user).await, Versioned::initial());
    write(storage, std::slice::from_ref(&created)).await;
    let further_ahead = failure(&ahead);
    assert_eq!(try_write(storage, &further_ahead).await, CommitOutcome::Conflict);
    assert_eq!(load(storage, &created.user).await, stored(&created));
}

pub async fn a_user_who_is_there_is_not_created_again(storage: &Storage) {
    let first = creation("ada");
    write(storage, std::slice::from_ref(&first)).await;
    assert_eq!(
        try_write(storage, &creation("ada")).await,
        CommitOutcome::Conflict
    );
    assert_eq!(load(storage, &first.user).await, stored(&first));
}

pub async fn a_conflict_writes_no_event_and_queues_no_message(storage: &Storage) {
    let created = creation("ada");
    let queued = with_message(failure(&created));
    write(storage, std::slice::from_ref(&created)).await;
    write(storage, std::slice::from_ref(&queued)).await;
    let mut stale = with_message(failure(&created));
    (stale.supersedes, stale.take) = (true, vec![username("other")]);
    assert_eq!(try_write(storage, &stale).await, CommitOutcome::Conflict);
    let stale_deletion = deletion(&created);
    assert_eq!(try_write(storage, &stale_deletion).await, CommitOutcome::Conflict);
    assert_eq!(storage.users.history(&created.user).await.unwrap().len(), 2);
    let waiting = storage.outbox.claim(9, Duration::MINUTE, NOON).await.unwrap();
    assert_eq!(waiting.len(), 1);
    assert_eq!(Some(&waiting[0].message), queued.message.as_ref());
    let mut other = creation("other");
    other.take.push(username("free"));
    assert_eq!(
        try_write(storage, &other).await,
        CommitOutcome::Committed,
        "the name was not taken"
    );
}

pub async fn outcomes_stand_in_the_order_of_the_commits(storage: &Storage) {
    let names: Vec<String> = (0..40).map(|n| format!("user-{:02}", n * 7 % 40)).collect();
    let created: Vec<Commit> = names.iter().map(|name| creation(name)).collect();
    write(storage, &created).await;
    let stale = |n: usize| n % 3 == 1;
    let batch: Vec<Commit> = created
        .iter()
        .enumerate()
        .map(|(n, before)| Commit {
            expected: before.sequence() + u64::from(stale(n)),
            ..failure(before)
        })
        .collect();
    let outcomes = storage.users.commit(&batch).await.unwrap();
    assert_eq!(outcomes.len(), batch.len());
    for (n, outcome) in outcomes.iter().enumerate() {
        let expected = if stale(n) {
            CommitOutcome::Conflict
        } else {
            CommitOutcome::Committed
        };
        assert_eq!(*outcome, expected, "commit {n}");
    }
}

pub async fn events_are_kept_in_order_with_editor_and_instant(storage: &Storage) {
    let mut created = creation("ada");
    created.events.push(Event::EmailVerified);
    created.editor = String::from("user:ada \"quoted\" é");
    let failed = failure(&created);
    write(storage, std::slice::from_ref(&created)).await;
    write(storage, std::slice::from_ref(&failed)).await;
    let record = |commit: &Commit, nth: usize| RecordedEvent {
        sequence: commit.expected + 1 + nth as u64,
        at: commit.at,
        editor: commit.editor.clone(),
        event: commit.events[nth].clone(),
    };
    let expected = [record(&created, 0), record(&created, 1), record(&failed, 0)];
    assert_eq!(storage.users.history(&created.user).await.unwrap(), expected);
    assert_eq!(expected[2].sequence, 3);
}

pub async fn instants_are_kept_to_the_microsecond(storage: &Storage) {
    let odd = datetime!(2026-02-28 23:59:59.999_999 UTC);
    let mut created = creation("ada");
    created.at = odd;
    created.events = vec![added("ada", odd)];
    created.after = ringtrue_core::user::evolve(User::Absent, &created.events[0]);
    let mut created = with_message(created);
    if let Some(message) = &mut created.message {
        message.expires_at = odd + Duration::microseconds(1);
    }
    write(storage, std::slice::from_ref(&created)).await;
    assert_eq!(load(storage, &created.user).await, stored(&created));
    let history = storage.users.history(&created.user).await.unwrap();
    assert_eq!((history[0].at, &history[0].event), (odd, &created.events[0]));
    let claimed = storage.outbox.claim(1, Duration::MINUTE, odd).await.unwrap();
    assert_eq!(claimed[0].message.expires_at, odd + Duration::microseconds(1));
}

pub async fn ids_and_names_of_any_script_are_kept_as_they_are(storage: &Storage) {
    let long = "é".repeat(200);
    let ids = [
        "日本語",
        " leading",
        "trailing ",
        "it's; DROP TABLE users; --",
        "%_\\",
        "👩🏽‍🚀",
        "{\"a\":1}",
        &long,
    ];
    let created: Vec<Commit> = ids.iter().map(|id| creation(id)).collect();
    write(storage, &created).await;
    for commit in &created {
        assert_eq!(
            load(storage, &commit.user).await,
            stored(commit),
            "{}",
            commit.user
        );
        assert_eq!(
            storage.users.history(&commit.user).await.unwrap()[0].event,
            commit.events[0]
        );
    }
}

pub async fn ids_that_differ_in_case_or_composition_are_different_users(storage: &Storage) {
    // The third and fourth look alike: one code point, and a letter with a combining mark.
    let created = ["ada", "Ada", "\u{e9}", "e\u{301}", "ada "].map(creation);
    write(storage, &created).await;
    for commit in &created {
        assert_eq!(load(storage, &commit.user).await, stored(commit));
    }
}

pub async fn a_large_batch_is_one_like_any_other(storage: &Storage) {
    let created: Vec<Commit> = (0..500)
        .map(|n| with_message(creation(&format!("user-{n:03}"))))
        .collect();
    write(storage, &created).await;
    let ids: Vec<_> = created.iter().rev().map(|commit| commit.user.clone()).collect();
    let expected: Vec<_> = created.iter().rev().map(stored).collect();
    assert_eq!(storage.users.load(&ids).await.unwrap(), expected);
    assert_eq!(storage.outbox.unsettled().await.unwrap(), 500);
}

pub async fn a_name_held_by_another_is_claimed_and_nothing_is_written(storage: &Storage) {
    let ada = creation("ada");
    write(storage, std::slice::from_ref(&ada)).await;
    let mut bea = with_message(creation("bea"));
    bea.take = vec![username("free"), username("ada")];
    assert_eq!(
        try_write(storage, &bea).await,
        CommitOutcome::Claimed(username("ada"))
    );
    assert_eq!(load(storage, &bea.user).await, Versioned::initial());
    assert_eq!(storage.users.history(&bea.user).await.unwrap(), []);
    assert_eq!(storage.outbox.unsettled().await.unwrap(), 0);
    // The name that was free still is, and the holder still holds theirs.
    assert_eq!(
        try_write(storage, &creation("free")).await,
        CommitOutcome::Committed
    );
    assert_eq!(load(storage, &ada.user).await, stored(&ada));
    bea.take = vec![username("bea")];
    assert_eq!(try_write(storage, &bea).await, CommitOutcome::Committed);
}

pub async fn a_held_name_leaves_the_neighbours_alone(storage: &Storage) {
    write(storage, &[creation("ada"), creation("bea")]).await;
    let stale = creation("bea");
    let mut held = creation("cleo");
    held.take = vec![username("ada")];
    let batch = [with_message(creation("dora")), held, stale, creation("eve")];
    let outcomes = storage.users.commit(&batch).await.unwrap();
    assert_eq!(
        outcomes,
        [
            CommitOutcome::Committed,
            CommitOutcome::Claimed(username("ada")),
            CommitOutcome::Conflict,
            CommitOutcome::Committed
        ]
    );
    assert_eq!(load(storage, &batch[0].user).await, stored(&batch[0]));
    assert_eq!(load(storage, &batch[1].user).await, Versioned::initial());
    assert_eq!(load(storage, &batch[3].user).await, stored(&batch[3]));
    assert_eq!(storage.outbox.unsettled().await.unwrap(), 1);
}

pub async fn a_name_that_two_neighbours_want_goes_to_one(storage: &Storage) {
    let name = vec![username("shared")];
    let batch = ["ada", "bea"].map(|id| Commit {
        take: name.clone(),
        ..creation(id)
    });
    let outcomes = storage.users.commit(&batch).await.unwrap();
    let committed = outcomes
        .iter()
        .filter(|outcome| **outcome == CommitOutcome::Committed)
        .count();
    let claimed = outcomes
        .iter()
        .filter(|outcome| **outcome == CommitOutcome::Claimed(username("shared")))
        .count();
    assert_eq!((committed, claimed), (1, 1), "{outcomes:?}");
}

pub async fn a_stale_commit_for_a_held_name_conflicts(storage: &Storage) {
    let (ada, bea) = (creation("ada"), creation("bea"));
    write(storage, &[ada.clone(), bea.clone()]).await;
    let mut stale = failure(&failure(&bea));
    stale.take = vec![username("ada")];
    assert_eq!(try_write(storage, &stale).await, CommitOutcome::Conflict);
}

pub async fn releasing_a_name_frees_it_in_the_same_commit(storage: &Storage) {
    let created = creation("ada");
    write(storage, std::slice::from_ref(&created)).await;
    let mut renamed = failure(&created);
    (renamed.release, renamed.take) = (vec![username("ada")], vec![username("lovelace")]);
    write(storage, std::slice::from_ref(&renamed)).await;
    let take = |id: &str, name: &str| Commit {
        take: vec![username(name)],
        ..creation(id)
    };
    let lovelace = CommitOutcome::Claimed(username("lovelace"));
    assert_eq!(try_write(storage, &take("bea", "lovelace")).await, lovelace);
    assert_eq!(
        try_write(storage, &take("bea", "ada")).await,
        CommitOutcome::Committed
    );
}

pub async fn a_name_released_and_taken_in_one_commit_stays(storage: &Storage) {
    let created = creation("ada");
    write(storage, std::slice::from_ref(&created)).await;
    let mut same = failure(&created);
    (same.release, same.take) = (vec![username("ada")], vec![username("ada")]);
    write(storage, &[same]).await;
    let mut bea = creation("bea");
    bea.take = vec![username("ada")];
    assert_eq!(
        try_write(storage, &bea).await,
        CommitOutcome::Claimed(username("ada"))
    );
}

pub async fn nobody_releases_the_name_of_another(storage: &Storage) {
    let (ada, bea) = (creation("ada"), creation("bea"));
    write(storage, &[ada.clone(), bea.clone()]).await;
    let mut thief = failure(&bea);
    thief.release = vec![username("ada")];
    write(storage, std::slice::from_ref(&thief)).await;
    let mut cleo = creation("cleo");
    cleo.take = vec![username("ada")];
    assert_eq!(
        try_write(storage, &cleo).await,
        CommitOutcome::Claimed(username("ada"))
    );
}

pub async fn deleting_erases_events_messages_and_tokens(storage: &Storage) {
    let created = with_message(creation("ada"));
    write(storage, std::slice::from_ref(&created)).await;
    let tokens = [
        token(Subject::User(user_id("ada")), NOON),
        token(Subject::User(user_id("ada")), NOON),
    ];
    for token in &tokens {
        storage.tokens.insert(token).await.unwrap();
    }
    let claimed = storage.outbox.claim(1, Duration::MINUTE, NOON).await.unwrap();
    assert_eq!(claimed.len(), 1);
    let queued = with_message(failure(&created));
    write(storage, std::slice::from_ref(&queued)).await;

    let deleted = deletion(&queued);
    write(storage, std::slice::from_ref(&deleted)).await;
    let gone = RecordedEvent {
        sequence: 3,
        at: deleted.at,
        editor: EDITOR.to_owned(),
        event: Event::UserRemoved,
    };
    assert_eq!(storage.users.history(&created.user).await.unwrap(), [gone]);
    assert_eq!(storage.outbox.unsettled().await.unwrap(), 0);
    assert_eq!(
        storage
            .outbox
            .claim(9, Duration::MINUTE, NOON + Duration::minutes(2))
            .await
            .unwrap(),
        []
    );
    for token in &tokens {
        assert_eq!(storage.tokens.find(&token.hash).await.unwrap(), None);
    }
    assert_eq!(
        try_write(
            storage,
            &Commit {
                take: vec![username("ada")],
                ..creation("heir")
            }
        )
        .await,
        CommitOutcome::Committed
    );
}

pub async fn deleting_leaves_everybody_else_alone(storage: &Storage) {
    let (ada, bea) = (with_message(creation("ada")), with_message(creation("bea")));
    write(storage, &[ada.clone(), bea.clone()]).await;
    // A service may bear a user's name.
    let tokens = [
        token(Subject::User(user_id("bea")), NOON),
        token(Subject::Service("ada".to_owned()), NOON),
    ];
    for token in &tokens {
        storage.tokens.insert(token).await.unwrap();
    }
    write(storage, &[deletion(&ada)]).await;
    assert_eq!(load(storage, &bea.user).await, stored(&bea));
    assert_eq!(storage.users.history(&bea.user).await.unwrap().len(), 1);
    let left = storage.outbox.claim(9, Duration::MINUTE, NOON).await.unwrap();
    assert_eq!(
        left.iter()
            .map(|claimed| &claimed.message.user)
            .collect::<Vec<_>>(),
        [&bea.user]
    );
    for token in &tokens {
        assert_eq!(
            storage.tokens.find(&token.hash).await.unwrap().as_ref(),
            Some(token)
        );
    }
}

pub async fn a_deleted_user_keeps_the_sequence_and_can_come_back(storage: &Storage) {
    let created = creation("ada");
    let deleted = deletion(&created);
    write(storage, std::slice::from_ref(&created)).await;
    write(storage, std::slice::from_ref(&deleted)).await;
    assert_eq!(load(storage, &created.user).await, stored(&deleted));
    assert_eq!(deleted.after, User::Removed);
    let late = failure(&created);
    assert_eq!(
        try_write(storage, &late).await,
        CommitOutcome::Conflict,
        "a late writer brings nobody back"
    );
    assert_eq!(
        try_write(storage, &creation("ada")).await,
        CommitOutcome::Conflict
    );
    let back = Commit {
        take: vec![username("ada")],
        ..next(&deleted, added("ada", deleted.at))
    };
    write(storage, std::slice::from_ref(&back)).await;
    assert_eq!(load(storage, &created.user).await, stored(&back));
    assert_eq!(back.sequence(), 3);
}

/// A database may be unable to keep U+0000 in a text; whichever it is, no part of the batch is written without the rest.
pub async fn a_value_that_cannot_be_stored_is_refused_whole_or_stored_whole(storage: &Storage) {
    let good = creation("good");
    let mut poisoned = creation("poisoned");
    poisoned.editor = String::from("nul\0nul");
    poisoned.events = vec![added("nul\0nul", NOON)];
    poisoned.after = ringtrue_core::user::evolve(User::Absent, &poisoned.events[0]);
    let batch = [good.clone(), poisoned.clone()];
    match storage.users.commit(&batch).await {
        Ok(outcomes) => {
            assert_eq!(outcomes, [CommitOutcome::Committed, CommitOutcome::Committed]);
            assert_eq!(load(storage, &poisoned.user).await, stored(&poisoned));
        }
        Err(StoreError::Rejected(_)) => {
            assert_eq!(load(storage, &good.user).await, Versioned::initial());
            assert_eq!(load(storage, &poisoned.user).await, Versioned::initial());
            assert_eq!(try_write(storage, &good).await, CommitOutcome::Committed);
        }
        Err(other) => panic!("neither stored nor rejected: {other:?}"),
    }
    assert_eq!(load(storage, &good.user).await, stored(&good));
}

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
