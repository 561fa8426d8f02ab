//! [`UserStore`](ringtrue_core::port::UserStore): deleting leaves nothing behind, and nobody else behind.

use ringtrue_core::{
    access::Subject,
    port::{Commit, CommitOutcome, RecordedEvent, Storage},
    user::{Event, User},
};
use time::Duration;

use super::{load, stored, try_write, write};
use crate::builders::{
    EDITOR, NOON, added, creation, deletion, failure, next, token, user_id, username, with_message,
};

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
        let found = storage.tokens.find(&token.hash).await.unwrap();
        assert_eq!(found.map(|found| found.token).as_ref(), Some(token));
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
