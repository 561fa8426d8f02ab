//! What SQLite promises beyond the contract: its file, its schema, and that what is erased is gone.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    time::Duration,
};

use ringtrue_core::{access::Subject, port::StoreError};
use ringtrue_sqlite::{Location, MigrateError, OpenError, Options, Sqlite};
use ringtrue_testkit::{
    builders::{NOON, creation, deletion, token, user_id, with_message},
    expired_keys::claim_fifteen_keys_after_twenty_have_expired,
};
use sqlx::{AssertSqlSafe, Connection as _, SqliteConnection, sqlite::SqliteConnectOptions};
use tempfile::TempDir;

fn at(path: &Path) -> Options {
    Options::new(Location::File(path.to_owned()))
}

/// A database, and its file in a folder that goes when the first is dropped.
async fn migrated() -> (TempDir, PathBuf, Sqlite) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ringtrue.db");
    let database = Sqlite::open(&at(&path)).await.unwrap();
    database.migrate().await.unwrap();
    (folder, path, database)
}

/// Runs a statement beside the adapter.
async fn run_sql(path: &Path, sql: &str) {
    let options = SqliteConnectOptions::new().filename(path);
    let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned()))
        .execute(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
}

/// Counts beside the adapter.
async fn count(path: &Path, sql: &str) -> i64 {
    let options = SqliteConnectOptions::new().filename(path);
    let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
    let count = sqlx::query_scalar(AssertSqlSafe(sql.to_owned()));
    count.fetch_one(&mut connection).await.unwrap()
}

#[tokio::test]
async fn file_and_folder_are_made_for_their_owner_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new/deeper/ringtrue.db");
    let database = Sqlite::open(&at(&path)).await.unwrap();
    database.migrate().await.unwrap();
    database.storage().users.commit(&[creation("ada")]).await.unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(path.parent().unwrap()), 0o700);
    for file in fs::read_dir(path.parent().unwrap()).unwrap() {
        let file = file.unwrap().path();
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
}

#[tokio::test]
async fn a_place_where_no_file_can_be_made_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let blocked = folder.path().join("file");
    fs::write(&blocked, "").unwrap();
    let path = blocked.join("ringtrue.db");
    let error = Sqlite::open(&at(&path)).await.unwrap_err();
    assert!(matches!(&error, OpenError::File { path: named, .. } if *named == path));
}

#[tokio::test]
async fn what_was_acknowledged_is_there_after_reopening() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ringtrue.db");
    let created = with_message(creation("ada"));
    // The first is not closed: its process might have been killed.
    let first = Sqlite::open(&at(&path)).await.unwrap();
    first.migrate().await.unwrap();
    first
        .storage()
        .users
        .commit(std::slice::from_ref(&created))
        .await
        .unwrap();
    let second = Sqlite::open(&at(&path)).await.unwrap();
    second.migrate().await.unwrap();
    let loaded = second.storage().users.load(&[user_id("ada")]).await.unwrap();
    assert_eq!(loaded[0].value, created.after);
    assert_eq!(second.storage().outbox.unsettled().await.unwrap(), 1);
}

#[tokio::test]
async fn the_log_is_carried_into_the_file_while_the_database_is_open() {
    let (_folder, path, database) = migrated().await;
    database.storage().users.commit(&[creation("ada")]).await.unwrap();
    // Not opened: that would end the locks of this process.
    let carried = async {
        while fs::metadata(&path).unwrap().len() < 16 * 4_096 {
            tokio::task::yield_now().await;
        }
    };
    let carried = tokio::time::timeout(Duration::from_secs(30), carried).await;
    assert!(carried.is_ok(), "all is still in the log");
    database.close().await;
    assert!(
        !path.with_extension("db-wal").exists(),
        "the log outlives the database"
    );
}

#[tokio::test]
async fn a_new_file_has_small_pages_and_an_older_one_keeps_its_own() {
    let (_folder, path, _database) = migrated().await;
    assert_eq!(count(&path, "PRAGMA page_size").await, 2_048);

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ringtrue.db");
    fs::write(&path, "").unwrap();
    run_sql(
        &path,
        "PRAGMA page_size = 4096; PRAGMA journal_mode = WAL; CREATE TABLE older (id)",
    )
    .await;
    let database = Sqlite::open(&at(&path)).await.unwrap();
    database.migrate().await.unwrap();
    database.storage().users.commit(&[creation("ada")]).await.unwrap();
    assert_eq!(count(&path, "PRAGMA page_size").await, 4_096);
    assert_eq!(count(&path, "SELECT count(*) FROM users").await, 1);
}

#[tokio::test]
async fn of_many_processes_that_start_at_once_one_migrates_and_all_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ringtrue.db");
    let mut starters = tokio::task::JoinSet::new();
    for _ in 0..16 {
        let options = at(&path);
        starters.spawn(async move {
            let database = Sqlite::open(&options).await.unwrap();
            database.migrate().await.unwrap();
            database.storage().health.check().await.unwrap();
        });
    }
    starters.join_all().await;
}

#[tokio::test]
async fn a_database_newer_than_the_binary_is_refused_with_both_versions() {
    let (_folder, path, database) = migrated().await;
    run_sql(
        &path,
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         VALUES (9000, 'from the future', TRUE, X'00', 0)",
    )
    .await;
    let error = database.migrate().await.unwrap_err();
    let MigrateError::Newer {
        database: theirs,
        binary,
    } = &error
    else {
        panic!("{error:?}");
    };
    assert_eq!(*theirs, 9000);
    assert!(error.to_string().contains("9000") && error.to_string().contains(&binary.to_string()));
    assert!(database.storage().health.check().await.is_err());
}

#[tokio::test]
async fn a_migration_that_differs_from_the_binarys_is_refused() {
    let (_folder, path, database) = migrated().await;
    run_sql(
        &path,
        "UPDATE _sqlx_migrations SET checksum = X'00' WHERE version = 1",
    )
    .await;
    let error = database.migrate().await.unwrap_err();
    assert!(matches!(error, MigrateError::Changed { version: 1 }), "{error:?}");
}

#[tokio::test]
async fn a_database_that_was_not_migrated_or_is_closed_is_not_healthy() {
    let database = Sqlite::open(&Options::new(Location::Memory)).await.unwrap();
    assert!(database.storage().health.check().await.is_err());
    database.migrate().await.unwrap();
    database.storage().health.check().await.unwrap();
    database.close().await;
    let closed = database.storage().health.check().await;
    assert!(matches!(closed, Err(StoreError::Unavailable(_))), "{closed:?}");
}

#[tokio::test]
async fn a_writer_that_waits_in_vain_is_shed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ringtrue.db");
    let options = Options {
        wait_max: Duration::from_millis(50),
        ..at(&path)
    };
    let database = Sqlite::open(&options).await.unwrap();
    database.migrate().await.unwrap();
    let beside = SqliteConnectOptions::new().filename(&path);
    let mut holder = SqliteConnection::connect_with(&beside).await.unwrap();
    sqlx::raw_sql("BEGIN IMMEDIATE")
        .execute(&mut holder)
        .await
        .unwrap();
    let shed = database.storage().users.commit(&[creation("ada")]).await;
    assert!(matches!(shed, Err(StoreError::Overloaded)), "{shed:?}");
    sqlx::raw_sql("ROLLBACK").execute(&mut holder).await.unwrap();
    database.storage().users.commit(&[creation("ada")]).await.unwrap();
}

#[tokio::test]
async fn of_a_deleted_user_nothing_is_left_in_the_file() {
    let (folder, _, database) = migrated().await;
    let storage = database.storage();
    let created = with_message(creation("ada"));
    storage
        .users
        .commit(std::slice::from_ref(&created))
        .await
        .unwrap();
    let theirs = token(Subject::User(user_id("ada")), NOON);
    storage.tokens.insert(&theirs).await.unwrap();
    let secrets = [
        b"Lovelace".to_vec(),
        b"ada@example.com".to_vec(),
        theirs.hash.as_bytes().to_vec(),
        created.message.as_ref().unwrap().sealed.bytes.clone(),
    ];
    let holds = |secret: &[u8]| {
        let mut files = fs::read_dir(folder.path()).unwrap();
        files.any(|file| {
            let bytes = fs::read(file.unwrap().path()).unwrap();
            bytes.windows(secret.len()).any(|window| window == secret)
        })
    };
    assert!(secrets.iter().all(|secret| holds(secret)));
    storage.users.commit(&[deletion(&created)]).await.unwrap();
    database.close().await;
    for secret in &secrets {
        assert!(!holds(secret), "{} is left", String::from_utf8_lossy(secret));
    }
}

#[tokio::test]
async fn expired_answers_and_claims_that_ran_out_go_as_calls_with_other_keys_come() {
    let (_folder, path, database) = migrated().await;
    claim_fifteen_keys_after_twenty_have_expired(&*database.storage().idempotency).await;
    for (table, left) in [("idempotency_replies", 0), ("idempotency_claims", 15)] {
        assert_eq!(
            count(&path, &format!("SELECT count(*) FROM {table}")).await,
            left,
            "{table}"
        );
    }
}
