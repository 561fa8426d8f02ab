//! Each step of the schema, over rows as an earlier release wrote them.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

#[expect(dead_code, reason = "the databases of this file are migrated step by step")]
mod support;

use std::{fs, path::Path};

use ringtrue_core::user::{Command, Standing, User};
use ringtrue_testkit::{
    builders::{NOON, call_key, user_id},
    upgrades::{self, LATE_CHANGES, MESSAGES, OldUser, USERS},
    use_cases::{UseCases, operator},
};
use sqlx::{Connection as _, PgConnection, migrate::Migrator};
use support::TestDatabase;

/// A database that was brought up to this step, and no further.
async fn at_step(last: &str) -> (TestDatabase, PgConnection) {
    let all = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations/postgres");
    let folder = tempfile::tempdir().unwrap();
    for file in fs::read_dir(all).unwrap() {
        let file = file.unwrap();
        if *file.file_name() <= *last {
            fs::copy(file.path(), folder.path().join(file.file_name())).unwrap();
        }
    }
    let database = TestDatabase::create().await;
    let mut connection = PgConnection::connect(&database.options().url).await.unwrap();
    let steps = Migrator::new(folder.path()).await.unwrap();
    steps.run(&mut connection).await.unwrap();
    (database, connection)
}

/// Writes users as an earlier release did, over whoever is there.
async fn write(connection: &mut PgConnection, users: &[OldUser]) {
    for (id, sequence, document) in users {
        sqlx::query(
            "INSERT INTO users (user_id, sequence, commit_id, changed_at, document)
             VALUES ($1, $2, decode(repeat('ab', 16), 'hex'), $3, $4::jsonb)
                 ON CONFLICT (user_id) DO UPDATE SET sequence = excluded.sequence, document = excluded.document",
        )
        .bind(id)
        .bind(sequence)
        .bind(NOON)
        .bind(document)
        .execute(&mut *connection)
        .await
        .unwrap();
    }
}

/// Lists active users as the release of the third step did; none of them has a capital that is not of ASCII.
async fn list(connection: &mut PgConnection) {
    run(
        connection,
        "INSERT INTO user_search
         SELECT user_id, organization_id, standing, (document ->> 'created_at')::timestamptz,
                username, lower(username), given, lower(given), family, lower(family), nick, lower(nick),
                display, lower(display), email, lower(email)
           FROM users,
                LATERAL (
                    SELECT document #>> '{profile,given_name}', document #>> '{profile,family_name}',
                           coalesce(document #>> '{profile,nick_name}', ''), document #>> '{profile,display_name}'
                ) AS profile (given, family, nick, display)
          WHERE state = 'active'",
    )
    .await;
}

async fn run(connection: &mut PgConnection, sql: &'static str) {
    sqlx::raw_sql(sql).execute(connection).await.unwrap();
}

async fn standing(connection: &mut PgConnection, user: &str) -> Option<String> {
    sqlx::query_scalar("SELECT standing FROM users WHERE user_id = $1")
        .bind(user)
        .fetch_one(connection)
        .await
        .unwrap()
}

#[tokio::test]
async fn users_of_the_first_release_are_active_and_can_be_locked() {
    let (database, mut connection) = at_step("0001_initial.sql").await;
    write(&mut connection, &USERS).await;

    let postgres = database.connect().await;
    postgres.migrate().await.unwrap();
    assert_eq!(standing(&mut connection, "ada").await.as_deref(), Some("active"));
    assert_eq!(standing(&mut connection, "gone").await, None);
    let storage = postgres.storage();
    let found = storage
        .users
        .load(&[user_id("ada"), user_id("gone")])
        .await
        .unwrap();
    let ada = found[0].value.account().unwrap();
    assert_eq!((ada.standing, ada.failures()), (Standing::Active, 2));
    assert_eq!(found[1].value, User::Removed);

    let cases = UseCases::over(&storage).await;
    for (command, wanted) in [
        (Command::Lock, "locked"),
        (Command::Deactivate, "inactive"),
        (Command::Reactivate, "active"),
    ] {
        cases
            .users
            .execute(&operator(), &user_id("ada"), &command)
            .await
            .unwrap();
        assert_eq!(standing(&mut connection, "ada").await.as_deref(), Some(wanted));
    }
    drop(storage);
    postgres.close().await;
}

#[tokio::test]
async fn users_of_a_release_that_did_not_search_are_found() {
    let (database, mut connection) = at_step("0002_standing.sql").await;
    write(&mut connection, &USERS).await;
    let postgres = database.connect().await;
    postgres.migrate().await.unwrap();
    upgrades::users_are_there_and_found(&postgres.storage()).await;
    postgres.close().await;
}

#[tokio::test]
async fn whom_an_older_replica_changes_or_erases_after_the_upgrade_is_found_as_they_are_from_the_next_start()
{
    let (database, mut connection) = at_step("0002_standing.sql").await;
    write(&mut connection, &USERS).await;
    let postgres = database.connect().await;
    postgres.migrate().await.unwrap();
    write(&mut connection, &LATE_CHANGES).await;
    postgres.migrate().await.unwrap();
    upgrades::late_changes_are_found(&postgres.storage()).await;

    // A day later there is no such replica any more: names are compared once more, and then no more.
    let compared = async |connection: &mut PgConnection| -> i64 {
        let done = sqlx::query_scalar("SELECT count(*) FROM upkeep WHERE task = 'listing'");
        done.fetch_one(connection).await.unwrap()
    };
    assert_eq!(compared(&mut connection).await, 0);
    run(
        &mut connection,
        "UPDATE _sqlx_migrations SET installed_on = installed_on - interval '1 day';
         UPDATE user_search SET username = 'Ada'",
    )
    .await;
    postgres.migrate().await.unwrap();
    upgrades::late_changes_are_found(&postgres.storage()).await;
    assert_eq!(compared(&mut connection).await, 1);

    run(&mut connection, "DELETE FROM user_search").await;
    postgres.migrate().await.unwrap();
    let listed = sqlx::query_scalar("SELECT count(*) FROM user_search");
    let listed: i64 = listed.fetch_one(&mut connection).await.unwrap();
    assert_eq!(listed, 0, "nobody is looked at any more");
    postgres.close().await;
}

#[tokio::test]
async fn calls_under_keys_are_made_where_there_were_no_keys() {
    let (database, mut connection) = at_step("0003_search.sql").await;
    write(&mut connection, &USERS).await;
    list(&mut connection).await;
    let postgres = database.connect().await;
    postgres.migrate().await.unwrap();
    let storage = postgres.storage();
    upgrades::users_are_there_and_found(&storage).await;
    upgrades::keys_are_claimed_and_answered(&storage).await;
    drop(storage);
    postgres.close().await;
}

#[tokio::test]
async fn messages_in_every_state_go_on_from_where_they_were() {
    let (database, mut connection) = at_step("0004_idempotency.sql").await;
    write(&mut connection, &USERS).await;
    list(&mut connection).await;
    for message in MESSAGES {
        let sealed = message.settled_at.is_none();
        sqlx::query(
            "INSERT INTO outbox (message_id, user_id, code_id, created_at, expires_at, state, key_id, sealed,
                                 attempts, lease_id, lease_until, settled_at, reference, reason)
             VALUES ($1, 'ada', $1, $2, $2 + interval '1 hour', $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        )
        .bind(message.id)
        .bind(NOON)
        .bind(message.state)
        .bind(sealed.then_some("k1"))
        .bind(sealed.then_some([1_u8, 2, 3]))
        .bind(i32::from(message.lease.is_some()))
        .bind(message.lease.map(|(lease, _)| lease))
        .bind(message.lease.map(|(_, until)| until))
        .bind(message.settled_at)
        .bind(message.reference)
        .bind(message.reason)
        .execute(&mut connection)
        .await
        .unwrap();
    }
    let (key, expires_at) = (call_key(), NOON + time::Duration::HOUR);
    sqlx::query(
        "INSERT INTO idempotency_replies (call_key, fingerprint_key_id, fingerprint, key_id, sealed, expires_at)
         VALUES ($1, 'k1', $1, 'k1', $1, $2)",
    )
    .bind(key.as_bytes().as_slice())
    .bind(expires_at)
    .execute(&mut connection)
    .await
    .unwrap();

    let postgres = database.connect().await;
    postgres.migrate().await.unwrap();
    let storage = postgres.storage();
    upgrades::users_are_there_and_found(&storage).await;
    upgrades::an_answer_is_given_again(&storage, key, expires_at).await;
    upgrades::messages_go_on(&storage).await;
    drop(storage);
    postgres.close().await;
}

/// A replica from before step 9 goes on writing for a while: it settles messages where they are, and knows of no partitions.
#[tokio::test]
async fn what_older_replicas_write_beside_partitions_is_found_forgotten_and_erased() {
    let (database, mut connection) = at_step("0008_checks_are_for_tests.sql").await;
    write(&mut connection, &USERS).await;
    list(&mut connection).await;
    let event = |sequence: i64| {
        sqlx::query(
            r#"INSERT INTO user_events (user_id, sequence, at, editor, type, payload)
               VALUES ('bob', $1, $2, 'test', 'user.human.email.verified', '{"type": "user.human.email.verified"}')"#,
        )
        .bind(sequence)
        .bind(NOON)
    };
    let message = |id: u8| {
        sqlx::query(
            "INSERT INTO outbox (message_id, user_id, code_id, created_at, expires_at, state, settled_at)
             VALUES ($1, 'bob', $1, $2, $2, 'expired', $2)",
        )
        .bind([id; 16])
        .bind(NOON)
    };
    for sequence in [1, 2] {
        event(sequence).execute(&mut connection).await.unwrap();
    }
    message(1).execute(&mut connection).await.unwrap();

    let postgres = database.connect().await;
    postgres.migrate().await.unwrap();
    let storage = postgres.storage();
    event(3).execute(&mut connection).await.unwrap();
    message(2).execute(&mut connection).await.unwrap();
    message(3).execute(&mut connection).await.unwrap();

    let history = storage.users.history(&user_id("bob")).await.unwrap();
    let sequences: Vec<u64> = history.iter().map(|event| event.sequence).collect();
    assert_eq!(sequences, [1, 2, 3]);
    assert_eq!(storage.outbox.forget(2, NOON).await.unwrap(), 2);
    let cases = UseCases::over(&storage).await;
    cases
        .users
        .execute(&operator(), &user_id("bob"), &Command::Delete)
        .await
        .unwrap();
    let left = sqlx::query_scalar("SELECT count(*) FROM outbox");
    let left: i64 = left.fetch_one(&mut connection).await.unwrap();
    assert_eq!(left, 0);
    let history = storage.users.history(&user_id("bob")).await.unwrap();
    let sequences: Vec<u64> = history.iter().map(|event| event.sequence).collect();
    assert_eq!(sequences, [4], "that bob was removed");
    drop((storage, cases));
    postgres.close().await;
}

#[tokio::test]
async fn what_an_older_replica_leaves_of_a_user_whom_it_erases_is_gone_from_the_next_start() {
    let (database, mut connection) = at_step("0008_checks_are_for_tests.sql").await;
    write(&mut connection, &USERS).await;
    list(&mut connection).await;
    let postgres = database.connect().await;
    postgres.migrate().await.unwrap();
    let settle = async |connection: &mut PgConnection| {
        run(
            connection,
            "INSERT INTO settled_messages
                    (user_id, message_id, code_id, created_at, expires_at, state, attempts, settled_at)
             SELECT user_id, uuid_send(gen_random_uuid()), uuid_send(gen_random_uuid()), now(), now(), 'expired', 1, now()
               FROM users",
        )
        .await;
    };
    let of_gone = async |connection: &mut PgConnection| -> (i64, i64) {
        let counted =
            sqlx::query_as("SELECT count(*) FILTER (WHERE user_id = 'gone'), count(*) FROM settled_messages");
        counted.fetch_one(connection).await.unwrap()
    };
    settle(&mut connection).await;
    postgres.migrate().await.unwrap();
    assert_eq!(of_gone(&mut connection).await, (0, 2));

    // A day later there is no such replica any more: it is done once more, and then no more.
    run(
        &mut connection,
        "UPDATE _sqlx_migrations SET installed_on = installed_on - interval '1 day'",
    )
    .await;
    settle(&mut connection).await;
    postgres.migrate().await.unwrap();
    assert_eq!(of_gone(&mut connection).await, (0, 4));
    settle(&mut connection).await;
    postgres.migrate().await.unwrap();
    assert_eq!(of_gone(&mut connection).await, (1, 7));
    postgres.close().await;
}
