//! The promises of `TokenStore`.

use ringtrue_core::{
    access::Subject,
    port::{InsertOutcome, Storage},
    token::{AccessToken, TokenId, TokenRecord},
};
use time::Duration;

use crate::builders::{NOON, found, token, user_id};

fn service(name: &str) -> Subject {
    Subject::Service(name.to_owned())
}

async fn insert(storage: &Storage, token: &TokenRecord) {
    assert_eq!(
        storage.tokens.insert(token).await.unwrap(),
        InsertOutcome::Inserted
    );
}

pub async fn a_token_is_found_by_its_hash_as_it_was_stored(storage: &Storage) {
    let ada = TokenRecord {
        expires_at: Some(NOON + Duration::microseconds(1)),
        ..token(Subject::User(user_id("ada")), NOON + Duration::microseconds(7))
    };
    let crm = token(service("crm é"), NOON);
    insert(storage, &ada).await;
    insert(storage, &crm).await;
    assert_eq!(storage.tokens.find(&ada.hash).await.unwrap(), Some(found(ada)));
    assert_eq!(storage.tokens.find(&crm.hash).await.unwrap(), Some(found(crm)));
    assert_eq!(
        storage
            .tokens
            .find(&AccessToken::new("unknown").hash())
            .await
            .unwrap(),
        None
    );
}

pub async fn a_token_without_roles_or_end_is_kept_too(storage: &Storage) {
    let bare = TokenRecord {
        grants: Vec::new(),
        ..token(service("crm"), NOON)
    };
    insert(storage, &bare).await;
    assert_eq!(storage.tokens.find(&bare.hash).await.unwrap(), Some(found(bare)));
}

pub async fn an_expired_token_is_found_for_the_caller_to_judge(storage: &Storage) {
    let expired = TokenRecord {
        expires_at: Some(NOON - Duration::weeks(1_000)),
        ..token(service("crm"), NOON)
    };
    insert(storage, &expired).await;
    assert_eq!(
        storage.tokens.find(&expired.hash).await.unwrap(),
        Some(found(expired))
    );
}

pub async fn a_token_whose_id_or_hash_is_taken_is_not_stored(storage: &Storage) {
    let first = token(service("first"), NOON);
    insert(storage, &first).await;
    let same_id = TokenRecord {
        id: first.id.clone(),
        ..token(service("second"), NOON)
    };
    let same_hash = TokenRecord {
        hash: first.hash,
        ..token(service("third"), NOON)
    };
    assert_eq!(
        storage.tokens.insert(&same_id).await.unwrap(),
        InsertOutcome::Exists
    );
    assert_eq!(
        storage.tokens.insert(&same_hash).await.unwrap(),
        InsertOutcome::Exists
    );
    assert_eq!(storage.tokens.list().await.unwrap(), [first]);
}

pub async fn tokens_are_listed_oldest_first(storage: &Storage) {
    assert_eq!(storage.tokens.list().await.unwrap(), []);
    let [young, old, middle] = [3, 1, 2].map(|day| token(service("crm"), NOON + Duration::days(day)));
    for token in [&young, &old, &middle] {
        insert(storage, token).await;
    }
    assert_eq!(storage.tokens.list().await.unwrap(), [old, middle, young]);
}

pub async fn a_removed_token_is_gone_at_once(storage: &Storage) {
    let [kept, removed] = ["kept", "removed"].map(|name| token(service(name), NOON));
    insert(storage, &kept).await;
    insert(storage, &removed).await;
    assert!(storage.tokens.remove(&removed.id).await.unwrap());
    assert_eq!(storage.tokens.find(&removed.hash).await.unwrap(), None);
    assert!(!storage.tokens.remove(&removed.id).await.unwrap());
    assert!(
        !storage
            .tokens
            .remove(&TokenId::from_text("no such '; --".to_owned()))
            .await
            .unwrap()
    );
    assert_eq!(storage.tokens.list().await.unwrap(), [kept]);
}
