//! A token cache keeps every promise of a token store over PostgreSQL, and two replicas' caches theirs.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod support;

use std::sync::Arc;

use ringtrue_core::{access::Subject, port::Storage};
use ringtrue_memory::ManualClock;
use ringtrue_testkit::builders::{NOON, found, token};
use ringtrue_token_cache::{CachedTokens, LIFETIME};
use support::TestDatabase;

async fn open() -> (Storage, TestDatabase) {
    let (database, postgres) = TestDatabase::migrated().await;
    (cached(postgres.storage(), &ManualClock::default()), database)
}

fn cached(storage: Storage, clock: &ManualClock) -> Storage {
    let tokens = CachedTokens::new(Arc::clone(&storage.tokens), Arc::new(clock.clone()));
    Storage {
        tokens: Arc::new(tokens),
        ..storage
    }
}

ringtrue_testkit::storage_contract!(tokens crate::open);

#[tokio::test]
async fn a_token_revoked_on_one_replica_is_refused_by_the_other_within_a_second() {
    let (database, postgres) = TestDatabase::migrated().await;
    let clock = ManualClock::default();
    let here = cached(postgres.storage(), &clock).tokens;
    let there = cached(database.connect().await.storage(), &clock).tokens;
    let token = token(Subject::Service("crm".to_owned()), NOON);
    here.insert(&token).await.unwrap();
    for replica in [&here, &there] {
        assert_eq!(
            replica.find(&token.hash).await.unwrap(),
            Some(found(token.clone()))
        );
    }
    assert!(here.remove(&token.id).await.unwrap());
    assert_eq!(here.find(&token.hash).await.unwrap(), None);
    assert!(LIFETIME < time::Duration::SECOND);
    clock.advance(LIFETIME);
    assert_eq!(there.find(&token.hash).await.unwrap(), None);
}
