//! Each step of the schema, over rows as an earlier release wrote them.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::{fs, path::Path};

use ringtrue_core::user::{Command, Standing, User};
use ringtrue_sqlite::{Location, Options, Sqlite};
use ringtrue_testkit::{
    builders::user_id,
    use_cases::{UseCases, operator},
};
use sqlx::{Connection as _, SqliteConnection, migrate::Migrator, sqlite::SqliteConnectOptions};

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
    sqlx::raw_sql(
        r#"INSERT INTO users (user_id, sequence, commit_id, changed_at, document)
           VALUES ('ada', 1, X'abababababababababababababababab', 1767268800000000, '{
                      "state": "active", "organization": "org", "username": "ada",
                      "profile": {"given_name": "Ada", "family_name": "Lovelace", "display_name": "Ada Lovelace"},
                      "email": {"address": "ada@example.com", "verified": true},
                      "phone": {"number": "+41791234567", "verified": true},
                      "failures": 2, "lock": null, "created_at": "2026-01-01T12:00:00Z"
                  }'),
                  ('gone', 2, X'cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd', 1767268800000000, '{"state": "removed"}')"#,
    )
    .execute(&mut connection)
    .await
    .unwrap();

    let sqlite = Sqlite::open(&Options::new(Location::File(path))).await.unwrap();
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
    assert_eq!((ada.standing, ada.failures), (Standing::Active, 2));
    assert!(ada.phone.as_ref().unwrap().verified);
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
