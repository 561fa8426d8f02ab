//! The promises of `IdempotencyStore`, and of `UserStore` where a commit answers a key.

use ringtrue_core::{
    idempotency::CallKey,
    port::{Commit, CommitOutcome, InsertOutcome, KeyClaim, KeyState, KeyedReply, Storage},
};
use time::{Duration, OffsetDateTime};
use tokio::task::JoinSet;

use super::{load, try_write, write};
use crate::builders::{NOON, call_key, creation, failure, fingerprint, key_claim, keyed_reply, user_id};

const LEASE: Duration = Duration::seconds(30);
const LIFETIME: Duration = Duration::DAY;

fn answering(commit: Commit, key: CallKey) -> Commit {
    Commit {
        reply: Some(keyed_reply(key)),
        ..commit
    }
}

async fn claim(storage: &Storage, claim: &KeyClaim, now: OffsetDateTime) -> KeyState {
    storage.idempotency.claim(claim, now).await.unwrap()
}

/// Claims a key as a stranger to it would.
async fn ask(storage: &Storage, key: CallKey, now: OffsetDateTime) -> KeyState {
    claim(storage, &key_claim(key, now), now).await
}

pub async fn a_claimed_key_is_in_flight_for_others_who_learn_what_it_is_for(storage: &Storage) {
    let (key, other) = (call_key(), call_key());
    assert_eq!(ask(storage, key, NOON).await, KeyState::Claimed);
    let late = NOON + LEASE - Duration::microseconds(1);
    let differs = KeyClaim {
        fingerprint: fingerprint(2),
        ..key_claim(key, late)
    };
    assert_eq!(
        claim(storage, &differs, late).await,
        KeyState::InFlight(fingerprint(1))
    );
    assert_eq!(ask(storage, other, late).await, KeyState::Claimed);
}

pub async fn a_claim_that_ran_out_goes_to_the_next(storage: &Storage) {
    let key = call_key();
    assert_eq!(ask(storage, key, NOON).await, KeyState::Claimed);
    let later = NOON + LEASE;
    let next = KeyClaim {
        fingerprint: fingerprint(2),
        ..key_claim(key, later)
    };
    assert_eq!(claim(storage, &next, later).await, KeyState::Claimed);
    assert_eq!(ask(storage, key, later).await, KeyState::InFlight(fingerprint(2)));
}

pub async fn a_claim_given_back_is_free_at_once_and_nobody_gives_back_anothers(storage: &Storage) {
    let key = call_key();
    let (mine, theirs) = (key_claim(key, NOON), key_claim(key, NOON));
    assert_eq!(claim(storage, &mine, NOON).await, KeyState::Claimed);
    storage.idempotency.release(&key, theirs.lease).await.unwrap();
    assert_eq!(
        claim(storage, &theirs, NOON).await,
        KeyState::InFlight(fingerprint(1))
    );
    storage.idempotency.release(&key, mine.lease).await.unwrap();
    assert_eq!(claim(storage, &theirs, NOON).await, KeyState::Claimed);
}

pub async fn an_answer_is_found_as_it_was_kept_until_it_expires(storage: &Storage) {
    let kept = keyed_reply(call_key());
    let mine = key_claim(kept.key, NOON);
    assert_eq!(claim(storage, &mine, NOON).await, KeyState::Claimed);
    assert_eq!(
        storage.idempotency.keep(&kept).await.unwrap(),
        InsertOutcome::Inserted
    );
    let last = kept.expires_at - Duration::microseconds(1);
    assert_eq!(
        ask(storage, kept.key, NOON).await,
        KeyState::Answered(kept.clone())
    );
    assert_eq!(
        ask(storage, kept.key, last).await,
        KeyState::Answered(kept.clone())
    );
    storage.idempotency.release(&kept.key, mine.lease).await.unwrap();
    assert_eq!(
        ask(storage, kept.key, last).await,
        KeyState::Answered(kept.clone())
    );
    assert_eq!(ask(storage, kept.key, kept.expires_at).await, KeyState::Claimed);
}

pub async fn a_key_has_one_answer_and_another_only_after_that_has_expired(storage: &Storage) {
    let first = keyed_reply(call_key());
    let second = KeyedReply {
        expires_at: first.expires_at + LIFETIME,
        ..keyed_reply(first.key)
    };
    assert_eq!(
        storage.idempotency.keep(&first).await.unwrap(),
        InsertOutcome::Inserted
    );
    assert_eq!(
        storage.idempotency.keep(&second).await.unwrap(),
        InsertOutcome::Exists
    );
    assert_eq!(
        ask(storage, first.key, NOON).await,
        KeyState::Answered(first.clone())
    );
    assert_eq!(ask(storage, first.key, first.expires_at).await, KeyState::Claimed);
    assert_eq!(
        storage.idempotency.keep(&second).await.unwrap(),
        InsertOutcome::Inserted
    );
    assert_eq!(
        ask(storage, first.key, first.expires_at).await,
        KeyState::Answered(second)
    );
}

pub async fn a_commit_keeps_the_answer_that_it_carries(storage: &Storage) {
    let commit = answering(creation("ada"), call_key());
    let kept = commit.reply.clone().unwrap();
    assert_eq!(ask(storage, kept.key, NOON).await, KeyState::Claimed);
    write(storage, std::slice::from_ref(&commit)).await;
    assert_eq!(ask(storage, kept.key, NOON).await, KeyState::Answered(kept));
}

pub async fn a_commit_whose_key_has_an_answer_writes_nothing_and_leaves_its_neighbours_alone(
    storage: &Storage,
) {
    let ada = creation("ada");
    write(storage, std::slice::from_ref(&ada)).await;
    let kept = keyed_reply(call_key());
    storage.idempotency.keep(&kept).await.unwrap();
    let again = answering(failure(&ada), kept.key);
    let outcomes = storage
        .users
        .commit(&[creation("bea"), again, creation("cleo")])
        .await
        .unwrap();
    assert_eq!(
        outcomes,
        [
            CommitOutcome::Committed,
            CommitOutcome::Answered,
            CommitOutcome::Committed
        ]
    );
    assert_eq!(load(storage, &user_id("ada")).await.last_commit, Some(ada.id));
    assert_eq!(storage.users.history(&user_id("ada")).await.unwrap().len(), 1);
    assert_eq!(load(storage, &user_id("cleo")).await.sequence, 1);
    assert_eq!(ask(storage, kept.key, NOON).await, KeyState::Answered(kept));
}

pub async fn a_key_that_two_neighbours_answer_goes_to_one(storage: &Storage) {
    let key = call_key();
    let batch = ["ada", "bea"].map(|id| answering(creation(id), key));
    let outcomes = storage.users.commit(&batch).await.unwrap();
    let committed = outcomes
        .iter()
        .filter(|outcome| **outcome == CommitOutcome::Committed)
        .count();
    assert!(outcomes.contains(&CommitOutcome::Answered), "{outcomes:?}");
    assert_eq!(committed, 1);
    let mut there = 0;
    for id in ["ada", "bea"] {
        there += load(storage, &user_id(id)).await.sequence;
    }
    assert_eq!(there, 1);
}

pub async fn a_commit_that_conflicts_keeps_no_answer(storage: &Storage) {
    let ada = creation("ada");
    write(storage, std::slice::from_ref(&ada)).await;
    write(storage, &[failure(&ada)]).await;
    let stale = answering(failure(&ada), call_key());
    let key = stale.reply.as_ref().unwrap().key;
    assert_eq!(try_write(storage, &stale).await, CommitOutcome::Conflict);
    assert_eq!(ask(storage, key, NOON).await, KeyState::Claimed);
}

pub async fn of_many_who_claim_a_key_exactly_one_gets_it(storage: &Storage) {
    for _ in 0..10 {
        let key = call_key();
        let mut callers = JoinSet::new();
        for _ in 0..16 {
            let storage = storage.clone();
            callers.spawn(async move { ask(&storage, key, NOON).await });
        }
        let states = callers.join_all().await;
        let claimed = states.iter().filter(|state| **state == KeyState::Claimed).count();
        let in_flight = KeyState::InFlight(fingerprint(1));
        assert_eq!(claimed, 1);
        assert_eq!(states.iter().filter(|state| **state == in_flight).count(), 15);
    }
}

pub async fn of_many_who_answer_a_key_exactly_one_does(storage: &Storage) {
    for round in 0..10 {
        let key = call_key();
        let mut callers = JoinSet::new();
        for n in 0..16 {
            let (storage, commit) = (
                storage.clone(),
                answering(creation(&format!("u{round}-{n}")), key),
            );
            callers.spawn(async move {
                if n % 4 == 0 {
                    let kept = storage.idempotency.keep(&keyed_reply(key)).await.unwrap();
                    return kept == InsertOutcome::Inserted;
                }
                match try_write(&storage, &commit).await {
                    CommitOutcome::Committed => true,
                    CommitOutcome::Answered => false,
                    other => panic!("{other:?}"),
                }
            });
        }
        let won = callers.join_all().await.into_iter().filter(|won| *won).count();
        assert_eq!(won, 1);
    }
}
