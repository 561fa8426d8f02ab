//! What PostgreSQL promises beyond the contract: its schema, its failures, and what is at rest.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod support;

use std::time::Duration;

use ringtrue_core::{
    access::{Reading, Subject},
    port::{Commit, CommitOutcome, DirectoryError, StoreError},
    search::{Condition, Direction, SortBy, UserSearch},
    user::{Event, User},
};
use ringtrue_postgres::{ConnectError, MigrateError, Options, Postgres};
use ringtrue_testkit::{
    builders::{NOON, creation, deletion, failure, token, user_id, with_message},
    expired_keys::claim_fifteen_keys_after_twenty_have_expired,
};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use support::TestDatabase;
use tokio::task::JoinSet;

/// Runs a statement beside the adapter.
async fn run_sql(database: &TestDatabase, sql: &'static str) {
    let mut connection = PgConnection::connect(&database.options().url).await.unwrap();
    sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
}

/// Counts beside the adapter.
async fn count(database: &TestDatabase, sql: &str) -> i64 {
    let mut connection = PgConnection::connect(&database.options().url).await.unwrap();
    let count = sqlx::query_scalar(AssertSqlSafe(sql.to_owned()));
    count.fetch_one(&mut connection).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_instances_that_start_at_once_one_migrates_and_all_go_on() {
    let database = TestDatabase::create().await;
    let mut starters = JoinSet::new();
    for _ in 0..4 {
        let options = database.options();
        starters.spawn(async move {
            let postgres = Postgres::connect(&options).await.unwrap();
            postgres.migrate().await.unwrap();
            postgres.storage().health.check().await.unwrap();
            postgres.close().await;
        });
    }
    starters.join_all().await;
}

#[tokio::test]
async fn a_database_newer_than_the_binary_is_refused_with_both_versions() {
    let (database, postgres) = TestDatabase::migrated().await;
    run_sql(
        &database,
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
             VALUES (9000, 'from the future', TRUE, '\\x00', 0)",
    )
    .await;
    let error = postgres.migrate().await.unwrap_err();
    let MigrateError::Newer {
        database: theirs,
        binary,
    } = &error
    else {
        panic!("{error:?}");
    };
    assert_eq!(*theirs, 9000);
    assert!(error.to_string().contains("9000") && error.to_string().contains(&binary.to_string()));
    assert!(postgres.storage().health.check().await.is_err());
}

#[tokio::test]
async fn a_migration_that_differs_from_the_binarys_is_refused() {
    let (database, postgres) = TestDatabase::migrated().await;
    run_sql(
        &database,
        "UPDATE _sqlx_migrations SET checksum = '\\x00' WHERE version = 1",
    )
    .await;
    let error = postgres.migrate().await.unwrap_err();
    assert!(matches!(error, MigrateError::Changed { version: 1 }), "{error:?}");
}

#[tokio::test]
async fn a_database_that_was_not_migrated_or_is_closed_is_not_healthy() {
    let database = TestDatabase::create().await;
    let postgres = database.connect().await;
    assert!(postgres.storage().health.check().await.is_err());
    postgres.migrate().await.unwrap();
    postgres.storage().health.check().await.unwrap();
    postgres.close().await;
    let closed = postgres.storage().health.check().await;
    assert!(matches!(closed, Err(StoreError::Unavailable(_))), "{closed:?}");
}

#[tokio::test]
async fn a_server_that_ends_the_connection_is_unavailable_and_the_next_call_is_served() {
    let (database, postgres) = TestDatabase::migrated().await;
    let users = postgres.storage().users;
    users.commit(&[creation("ada")]).await.unwrap();
    run_sql(
        &database,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
              WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )
    .await;
    let mut attempts = 0;
    let loaded = loop {
        attempts += 1;
        match users.load(&[user_id("ada")]).await {
            Ok(loaded) => break loaded,
            Err(error) => assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}"),
        }
    };
    assert_eq!(loaded[0].sequence, 1);
    assert!(attempts <= 9, "at most each connection of the pool fails once");
}

#[tokio::test]
async fn a_call_that_waits_in_vain_for_a_lock_is_shed_and_writes_nothing() {
    let (database, postgres) = TestDatabase::migrated().await;
    let created = creation("ada");
    postgres
        .storage()
        .users
        .commit(std::slice::from_ref(&created))
        .await
        .unwrap();
    let hasty = Options {
        lock_timeout: Duration::from_millis(50),
        ..database.options()
    };
    let hasty = Postgres::connect(&hasty).await.unwrap();
    let holder = sqlx::PgPool::connect(&database.options().url).await.unwrap();
    let mut transaction = holder.begin().await.unwrap();
    sqlx::raw_sql("SELECT FROM users FOR UPDATE")
        .execute(&mut *transaction)
        .await
        .unwrap();
    let failed = failure(&created);
    let shed = hasty.storage().users.commit(std::slice::from_ref(&failed)).await;
    assert!(matches!(shed, Err(StoreError::Overloaded)), "{shed:?}");
    transaction.rollback().await.unwrap();
    let loaded = hasty.storage().users.load(&[user_id("ada")]).await.unwrap();
    assert_eq!(loaded[0].sequence, 1);
}

#[tokio::test]
async fn a_call_that_waits_in_vain_for_a_connection_is_shed() {
    let (database, postgres) = TestDatabase::migrated().await;
    let created = creation("ada");
    postgres
        .storage()
        .users
        .commit(std::slice::from_ref(&created))
        .await
        .unwrap();
    let narrow = Options {
        max_connections: 1,
        statement_timeout: Duration::from_mins(1),
        lock_timeout: Duration::from_mins(1),
        ..database.options()
    };
    let narrow = Postgres::connect(&narrow).await.unwrap().storage().users;
    let holder = sqlx::PgPool::connect(&database.options().url).await.unwrap();
    let mut transaction = holder.begin().await.unwrap();
    sqlx::raw_sql("SELECT FROM users FOR UPDATE")
        .execute(&mut *transaction)
        .await
        .unwrap();
    let failed = [failure(&created)];
    let ids = [user_id("ada")];
    // The first call holds the only connection until the lock is released.
    let (committed, ()) = tokio::join!(narrow.commit(&failed), async {
        let waiting = "SELECT count(*) FROM pg_stat_activity
                        WHERE datname = current_database() AND wait_event_type = 'Lock'";
        while count(&database, waiting).await == 0 {
            tokio::task::yield_now().await;
        }
        // From here on nothing but the second call's patience can come to an end, and it does so at once.
        tokio::time::pause();
        let shed = narrow.load(&ids).await;
        tokio::time::resume();
        assert!(matches!(shed, Err(StoreError::Overloaded)), "{shed:?}");
        transaction.rollback().await.unwrap();
    });
    assert_eq!(committed.unwrap(), [CommitOutcome::Committed]);
}

#[tokio::test]
async fn an_error_never_shows_what_the_database_said() {
    let (_database, postgres) = TestDatabase::migrated().await;
    let mut poisoned = creation("ada");
    poisoned.editor = "nul\0nul".to_owned();
    let error = postgres.storage().users.commit(&[poisoned]).await.unwrap_err();
    assert_eq!(error.to_string(), "storage could not represent the request");
    assert!(std::error::Error::source(&error).is_some());
}

#[tokio::test]
async fn a_url_that_is_none_and_a_server_that_is_not_there_are_told_apart() {
    let connect = async |url: &str| Postgres::connect(&Options::new(url)).await.unwrap_err();
    assert!(matches!(connect("postgres://[").await, ConnectError::Url(_)));
    // Port 1 is reserved; nothing listens there.
    let nobody = connect("postgres://ringtrue:secret@127.0.0.1:1/ringtrue").await;
    assert!(matches!(nobody, ConnectError::Connection(_)), "{nobody:?}");
    let cause = std::error::Error::source(&nobody).map(ToString::to_string);
    assert!(cause.is_some_and(|cause| cause.contains("refused")), "{nobody:?}");
    assert!(!nobody.to_string().contains("secret"));
}

#[tokio::test]
async fn searched_columns_follow_the_document() {
    let (database, postgres) = TestDatabase::migrated().await;
    let users = postgres.storage().users;
    let created = creation("ada");
    users.commit(std::slice::from_ref(&created)).await.unwrap();
    let active =
        "SELECT count(*) FROM users WHERE state = 'active' AND username = 'ada' AND email = 'ada@example.com'
                     AND organization_id = 'org' AND phone IS NULL AND phone_verified IS NULL";
    assert_eq!(count(&database, active).await, 1);
    let phone = ringtrue_core::phone_number::PhoneNumber::from_stored("+41791234567".to_owned());
    let changed = ringtrue_testkit::builders::next(&created, Event::PhoneChanged { phone });
    users.commit(std::slice::from_ref(&changed)).await.unwrap();
    let with_phone = "SELECT count(*) FROM users WHERE phone = '+41791234567' AND NOT phone_verified";
    assert_eq!(count(&database, with_phone).await, 1);
    let deleted = deletion(&changed);
    assert_eq!(deleted.after, User::Removed);
    users.commit(&[deleted]).await.unwrap();
    let removed = "SELECT count(*) FROM users WHERE state = 'removed' AND username IS NULL AND email IS NULL
                      AND organization_id IS NULL AND phone IS NULL AND document = '{\"state\": \"removed\"}'";
    assert_eq!(count(&database, removed).await, 1);
}

#[tokio::test]
async fn of_a_deleted_user_only_the_fact_is_left_and_of_a_settled_message_no_copy() {
    let (database, postgres) = TestDatabase::migrated().await;
    let storage = postgres.storage();
    let (ada, bea) = (with_message(creation("ada")), with_message(creation("bea")));
    storage.users.commit(&[ada.clone(), bea.clone()]).await.unwrap();
    storage
        .tokens
        .insert(&token(Subject::User(user_id("ada")), NOON))
        .await
        .unwrap();
    storage.users.commit(&[deletion(&ada)]).await.unwrap();
    for (table, kept) in [
        ("user_events", 1),
        ("outbox", 0),
        ("settled_messages", 0),
        ("tokens", 0),
        ("claims", 0),
        ("users", 1),
    ] {
        let left = format!("SELECT count(*) FROM {table} WHERE user_id = 'ada'");
        assert_eq!(count(&database, &left).await, kept, "{table}");
    }
    let superseding = Commit {
        supersedes: true,
        ..failure(&bea)
    };
    storage.users.commit(&[superseding]).await.unwrap();
    let superseded = "SELECT count(*) FROM settled_messages WHERE user_id = 'bea' AND state = 'superseded'";
    assert_eq!(count(&database, superseded).await, 1);
    assert_eq!(count(&database, "SELECT count(*) FROM outbox").await, 0);
}

#[tokio::test]
async fn claiming_messages_hardly_writes_into_indexes() {
    let (database, postgres) = TestDatabase::migrated().await;
    let storage = postgres.storage();
    let commits: Vec<Commit> = (0..50)
        .map(|n| with_message(creation(&format!("user-{n}"))))
        .collect();
    storage.users.commit(&commits).await.unwrap();
    let claimed = storage
        .outbox
        .claim(50, time::Duration::MINUTE, NOON)
        .await
        .unwrap();
    assert_eq!(claimed.len(), 50);
    // What a connection has counted is published when it ends.
    drop(storage);
    postgres.close().await;
    let heap_only = "SELECT n_tup_hot_upd FROM pg_stat_user_tables WHERE relname = 'outbox'";
    let published = async {
        while count(&database, heap_only).await == 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_mins(1), published)
        .await
        .unwrap();
    // Where a page happens to be full, the claim goes elsewhere and into the indexes.
    assert!(count(&database, heap_only).await >= 40);
}

#[tokio::test]
async fn every_key_of_what_belongs_to_a_user_begins_with_the_user() {
    let (database, _postgres) = TestDatabase::migrated().await;
    let mut connection = PgConnection::connect(&database.options().url).await.unwrap();
    let elsewhere: Vec<String> = sqlx::query_scalar(
        "SELECT index.indexrelid::regclass::text
           FROM pg_index AS index
           JOIN pg_attribute AS owner ON owner.attrelid = index.indrelid AND owner.attname = 'user_id'
          WHERE index.indisunique AND index.indkey[0] <> owner.attnum
          ORDER BY 1",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    // A name is unique among all users, and a token is what tells who its user is.
    assert_eq!(elsewhere, ["claims_pkey", "tokens_hash_key", "tokens_pkey"]);
}

#[tokio::test]
async fn no_call_pays_for_checks_and_every_test_does() {
    let checks = "SELECT count(*)
                    FROM pg_constraint
                   WHERE contype = 'c'
                     AND conrelid IN ('users'::regclass, 'user_events'::regclass, 'outbox'::regclass)";
    let database = TestDatabase::create().await;
    database.connect().await.migrate().await.unwrap();
    assert_eq!(count(&database, checks).await, 0);

    let (checked, _postgres) = TestDatabase::migrated().await;
    assert!(count(&checked, checks).await > 10);
    let mut connection = PgConnection::connect(&checked.options().url).await.unwrap();
    let sent_and_sealed = sqlx::raw_sql(
        "INSERT INTO outbox (message_id, user_id, code_id, created_at, expires_at, state, settled_at, reference, key_id, sealed)
         VALUES (uuid_send(gen_random_uuid()), 'ada', uuid_send(gen_random_uuid()), now(), now(), 'sent', now(), 'SM1', 'k1', '')",
    );
    let refused = sent_and_sealed.execute(&mut connection).await.unwrap_err();
    let refused = refused.into_database_error().unwrap();
    assert!(refused.is_check_violation(), "{refused}");
}

#[tokio::test]
async fn expired_answers_and_claims_that_ran_out_go_as_calls_with_other_keys_come() {
    let (database, postgres) = TestDatabase::migrated().await;
    claim_fifteen_keys_after_twenty_have_expired(&*postgres.storage().idempotency).await;
    for (table, left) in [("idempotency_replies", 0), ("idempotency_claims", 15)] {
        assert_eq!(
            count(&database, &format!("SELECT count(*) FROM {table}")).await,
            left,
            "{table}"
        );
    }
}

#[tokio::test]
async fn a_search_that_takes_longer_than_a_statement_may_is_given_up_as_too_costly() {
    let (database, _postgres) = TestDatabase::migrated().await;
    let hasty = Options {
        statement_timeout: Duration::from_millis(50),
        ..database.options()
    };
    let hasty = Postgres::connect(&hasty).await.unwrap();
    let search = UserSearch {
        reading: Reading::Everybody,
        condition: Condition::everybody(),
        sort_by: SortBy::Id,
        direction: Direction::Ascending,
        offset: 0,
        limit: 10,
    };
    let holder = sqlx::PgPool::connect(&database.options().url).await.unwrap();
    let mut transaction = holder.begin().await.unwrap();
    sqlx::raw_sql("LOCK TABLE user_search IN ACCESS EXCLUSIVE MODE")
        .execute(&mut *transaction)
        .await
        .unwrap();
    let refused = hasty.storage().directory.search(&search).await;
    assert!(matches!(refused, Err(DirectoryError::TooCostly)), "{refused:?}");
    transaction.rollback().await.unwrap();
}
