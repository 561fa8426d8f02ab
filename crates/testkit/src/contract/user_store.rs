//! The promises of `UserStore`.

use ringtrue_core::{
    port::{Commit, CommitOutcome, RecordedEvent, Storage, StoreError, Versioned},
    user::{Event, User},
};
use time::{Duration, macros::datetime};

use super::{load, stored, try_write, write};
use crate::builders::{NOON, added, creation, deletion, failure, user_id, username, with_message};

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
