//! Each step of the schema, over rows as an earlier release wrote them.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::{
    fs,
    path::{Path, PathBuf},
};

use ringtrue_core::{
    port::RecordedEvent,
    user::{Command, Standing, User},
};
use ringtrue_sqlite::{Location, Options, Sqlite};
use ringtrue_testkit::{
    builders::{NOON, call_key, user_id},
    upgrades::{self, LATE_CHANGES, MESSAGES, OldUser, USERS},
    use_cases::{UseCases, operator},
};
use sqlx::{Connection as _, SqliteConnection, migrate::Migrator, sqlite::SqliteConnectOptions};
use time::{Duration, OffsetDateTime};

/// A connection to a file that was brought up to this step, and no further.
async fn at_step(last: &str, path: &Path) -> SqliteConnection {
    let all = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations/sqlite");
    let folder = tempfile::tempdir().unwrap();
    for file in fs::read_dir(all).unwrap() {
        let file = file.unwrap();
        if *file.file_name() <= *last {
            fs::copy(file.path(), folder.path().join(file.file_name())).unwrap();
        }
    }
    let options = SqliteConnectOptions::new().filename(path).create_if_missing(true);
    let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
    let steps = Migrator::new(folder.path()).await.unwrap();
    steps.run(&mut connection).await.unwrap();
    connection
}

/// Writes users as an earlier release did, over whoever is there.
async fn write(connection: &mut SqliteConnection, users: &[OldUser]) {
    for (id, sequence, document) in users {
        sqlx::query(
            "INSERT INTO users (user_id, sequence, commit_id, changed_at, document)
             VALUES (?1, ?2, X'abababababababababababababababab', ?3, ?4)
             ON CONFLICT (user_id) DO UPDATE SET sequence = excluded.sequence, document = excluded.document",
        )
        .bind(id)
        .bind(sequence)
        .bind(micros(NOON))
        .bind(document)
        .execute(&mut *connection)
        .await
        .unwrap();
    }
}

/// Lists active users as the release of the third step did; none of them has a capital that is not of ASCII.
async fn list(connection: &mut SqliteConnection) {
    run(
        connection,
        "INSERT INTO user_search
         SELECT user_id, organization_id, standing, CAST(unixepoch(document ->> '$.created_at', 'subsec') * 1e6 AS INTEGER),
                username, lower(username),
                document ->> '$.profile.given_name', lower(document ->> '$.profile.given_name'),
                document ->> '$.profile.family_name', lower(document ->> '$.profile.family_name'),
                coalesce(document ->> '$.profile.nick_name', ''), lower(coalesce(document ->> '$.profile.nick_name', '')),
                document ->> '$.profile.display_name', lower(document ->> '$.profile.display_name'),
                email, lower(email)
         FROM users
         WHERE state = 'active'",
    )
    .await;
}

async fn run(connection: &mut SqliteConnection, sql: &'static str) {
    sqlx::raw_sql(sql).execute(connection).await.unwrap();
}

/// An instant as it is stored.
fn micros(instant: OffsetDateTime) -> i64 {
    i64::try_from(instant.unix_timestamp_nanos() / 1_000).unwrap()
}

async fn open(path: PathBuf) -> Sqlite {
    Sqlite::open(&Options::new(Location::File(path))).await.unwrap()
}

async fn standing(connection: &mut SqliteConnection, user: &str) -> Option<String> {
    sqlx::query_scalar("SELECT standing FROM users WHERE user_id = ?1")
        .bind(user)
        .fetch_one(connection)
        .await
        .unwrap()
}

#[tokio::test]
async fn users_of_the_first_release_are_active_and_can_be_locked() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ringtrue.db");
    let mut connection = at_step("0001_initial.sql", &path).await;
    write(&mut connection, &USERS).await;

    let sqlite = open(path).await;
    sqlite.migrate().await.unwrap();
    assert_eq!(standing(&mut connection, "ada").await.as_deref(), Some("active"));
    assert_eq!(standing(&mut connection, "gone").await, None);
    let storage = sqlite.storage();
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
}

#[tokio::test]
async fn users_of_a_release_that_did_not_search_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ringtrue.db");
    let mut connection = at_step("0002_standing.sql", &path).await;
    write(&mut connection, &USERS).await;
    let sqlite = open(path).await;
    sqlite.migrate().await.unwrap();
    upgrades::users_are_there_and_found(&sqlite.storage()).await;
}

#[tokio::test]
async fn whom_an_older_process_changes_or_erases_after_the_upgrade_is_found_as_they_are_from_the_next_start()
{
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ringtrue.db");
    let mut connection = at_step("0002_standing.sql", &path).await;
    write(&mut connection, &USERS).await;
    let sqlite = open(path).await;
    sqlite.migrate().await.unwrap();
    write(&mut connection, &LATE_CHANGES).await;
    sqlite.migrate().await.unwrap();
    upgrades::late_changes_are_found(&sqlite.storage()).await;

    // A day later there is no such process any more: names are compared once more, and then no more.
    let compared = async |connection: &mut SqliteConnection| -> i64 {
        let done = sqlx::query_scalar("SELECT count(*) FROM upkeep WHERE task = 'listing'");
        done.fetch_one(connection).await.unwrap()
    };
    assert_eq!(compared(&mut connection).await, 0);
    run(
        &mut connection,
        "UPDATE _sqlx_migrations SET installed_on = datetime(installed_on, '-1 day');
         UPDATE user_search SET username = 'Ada'",
    )
    .await;
    sqlite.migrate().await.unwrap();
    upgrades::late_changes_are_found(&sqlite.storage()).await;
    assert_eq!(compared(&mut connection).await, 1);

    run(&mut connection, "DELETE FROM user_search").await;
    sqlite.migrate().await.unwrap();
    let listed = sqlx::query_scalar("SELECT count(*) FROM user_search");
    let listed: i64 = listed.fetch_one(&mut connection).await.unwrap();
    assert_eq!(listed, 0, "nobody is looked at any more");
}

#[tokio::test]
async fn calls_under_keys_are_made_where_there_were_no_keys() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ringtrue.db");
    let mut connection = at_step("0003_search.sql", &path).await;
    write(&mut connection, &USERS).await;
    list(&mut connection).await;
    let sqlite = open(path).await;
    sqlite.migrate().await.unwrap();
    let storage = sqlite.storage();
    upgrades::users_are_there_and_found(&storage).await;
    upgrades::keys_are_claimed_and_answered(&storage).await;
}

#[tokio::test]
async fn messages_in_every_state_go_on_from_where_they_were() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ringtrue.db");
    let mut connection = at_step("0004_idempotency.sql", &path).await;
    write(&mut connection, &USERS).await;
    list(&mut connection).await;
    for message in MESSAGES {
        let sealed = message.settled_at.is_none();
        sqlx::query(
            "INSERT INTO outbox (message_id, user_id, code_id, created_at, expires_at, state, key_id, sealed,
                                 attempts, lease_id, lease_until, settled_at, reference, reason)
             VALUES (?1, 'ada', ?1, ?2, ?2 + 3600000000, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        )
        .bind(message.id.to_vec())
        .bind(micros(NOON))
        .bind(message.state)
        .bind(sealed.then_some("k1"))
        .bind(sealed.then(|| vec![1, 2, 3]))
        .bind(i64::from(message.lease.is_some()))
        .bind(message.lease.map(|(lease, _)| lease.to_vec()))
        .bind(message.lease.map(|(_, until)| micros(until)))
        .bind(message.settled_at.map(micros))
        .bind(message.reference)
        .bind(message.reason)
        .execute(&mut connection)
        .await
        .unwrap();
    }
    let (key, expires_at) = (call_key(), NOON + Duration::HOUR);
    sqlx::query(
        "INSERT INTO idempotency_replies (call_key, fingerprint_key_id, fingerprint, key_id, sealed, expires_at)
         VALUES (?1, 'k1', ?1, 'k1', ?1, ?2)",
    )
    .bind(key.as_bytes().as_slice())
    .bind(micros(expires_at))
    .execute(&mut connection)
    .await
    .unwrap();

    let sqlite = open(path).await;
    sqlite.migrate().await.unwrap();
    let storage = sqlite.storage();
    upgrades::users_are_there_and_found(&storage).await;
    upgrades::an_answer_is_given_again(&storage, key, expires_at).await;
    upgrades::messages_go_on(&storage).await;
}

#[tokio::test]
async fn events_that_move_to_another_table_are_a_users_history_as_before() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ringtrue.db");
    let mut connection = at_step("0007_outbox_by_expiry.sql", &path).await;
    write(&mut connection, &USERS).await;
    let removed = r#"{"type": "user.human.phone.removed"}"#;
    for (user, sequence, second) in [("bob", 1, 1), ("bob", 2, 3), ("ada", 1, 2)] {
        sqlx::query(
            "INSERT INTO user_events (user_id, sequence, at, editor, type, payload)
             VALUES (?1, ?2, ?3, 'admin', 'user.human.phone.removed', ?4)",
        )
        .bind(user)
        .bind(sequence)
        .bind(micros(NOON + Duration::seconds(second)))
        .bind(removed)
        .execute(&mut connection)
        .await
        .unwrap();
    }

    let sqlite = open(path).await;
    sqlite.migrate().await.unwrap();
    let users = sqlite.storage().users;
    let event = |sequence, second| RecordedEvent {
        sequence,
        at: NOON + Duration::seconds(second),
        editor: "admin".to_owned(),
        event: serde_json::from_str(removed).unwrap(),
    };
    assert_eq!(
        users.history(&user_id("bob")).await.unwrap(),
        [event(1, 1), event(2, 3)]
    );
    assert_eq!(users.history(&user_id("ada")).await.unwrap(), [event(1, 2)]);
}
