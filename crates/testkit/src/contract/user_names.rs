//! [`UserStore`](ringtrue_core::port::UserStore): a name has one holder.

use ringtrue_core::port::{Commit, CommitOutcome, Storage, Versioned};

use super::{load, stored, try_write, write};
use crate::builders::{creation, failure, username, with_message};

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
