//! Batches in which names are wanted that others hold.

use ringtrue_core::{
    port::{Commit, CommitOutcome, StoreError, Versioned},
    user::{Event, User},
};
use ringtrue_testkit::builders::{creation, failure, username};
use sqlx::{Connection as _, PgConnection};

use super::{
    WAITING, count_events, count_won, deadlocks, overlapping_batches, support::TestDatabase, wait_until,
};

/// The first batch has a user whose name is held, and waits for the name of another. Meanwhile a second batch wants what the
/// first has taken already, for a user who is in both.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_batch_with_a_held_name_locks_its_users_before_it_takes_any_name() {
    let (database, first) = TestDatabase::migrated().await;
    let second = database.connect().await;
    let created = ["ada", "bea", "cleo", "dora"].map(creation);
    first.storage().users.commit(&created).await.unwrap();
    let [ada, bea, cleo, _] = &created;
    let taking = |before: &Commit, name: &str| Commit {
        take: vec![username(name)],
        ..failure(before)
    };
    let mut third = PgConnection::connect(&database.options().url).await.unwrap();
    let mut gate = third.begin().await.unwrap();
    sqlx::raw_sql("INSERT INTO claims VALUES ('username', 'gate', 'third')")
        .execute(&mut *gate)
        .await
        .unwrap();
    let mut observer = PgConnection::connect(&database.options().url).await.unwrap();
    // What is held comes first in the order of names, so that the batch is refused before it comes to the gate.
    let batch = [taking(ada, "free"), taking(bea, "gate"), taking(cleo, "dora")];
    let users = first.storage().users;
    let contested = tokio::spawn(async move { users.commit(&batch).await });
    wait_until(&mut observer, WAITING, 1).await;
    let batch = [taking(cleo, "free")];
    let users = second.storage().users;
    let crossing = tokio::spawn(async move { users.commit(&batch).await });
    wait_until(&mut observer, WAITING, 2).await;
    gate.rollback().await.unwrap();
    assert_eq!(
        contested.await.unwrap().unwrap(),
        [
            CommitOutcome::Committed,
            CommitOutcome::Committed,
            CommitOutcome::Claimed(username("dora"))
        ]
    );
    assert_eq!(
        crossing.await.unwrap().unwrap(),
        [CommitOutcome::Claimed(username("free"))]
    );
    third.close().await.unwrap();
    observer.close().await.unwrap();
    assert_eq!(deadlocks(&database, &[first, second]).await, 0);
}

/// Users are renamed. There are fewer names than users, and one that is always held.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn overlapping_batches_that_want_the_same_names_never_deadlock() {
    const NAMES: usize = 12;
    let (database, first) = TestDatabase::migrated().await;
    let second = database.connect().await;
    first.storage().users.commit(&[creation("held")]).await.unwrap();
    let commit = |turn, nth, user, now: Versioned<User>| Commit {
        user,
        expected: now.sequence,
        events: vec![Event::VerificationFailed { lock: None }],
        after: now.value,
        take: vec![match nth {
            7 => username("held"),
            _ => username(&format!("name-{:02}", (turn + nth) % NAMES)),
        }],
        release: (0..NAMES).map(|n| username(&format!("name-{n:02}"))).collect(),
        ..creation("template")
    };
    let (ids, ended) = overlapping_batches([&first, &second], 20, commit).await;
    let mut outcomes = Vec::new();
    for batch in ended {
        match batch {
            Ok(batch) => outcomes.push(batch),
            // Others were faster, time and again.
            Err(StoreError::Overloaded) => {}
            Err(error) => panic!("{error:?}"),
        }
    }
    assert!(outcomes.iter().all(|batch| batch[7] != CommitOutcome::Committed));
    let won = count_won(&outcomes);
    assert_eq!(count_events(&first, &ids).await, won);
    assert!(won > 0);
    assert_eq!(deadlocks(&database, &[first, second]).await, 0);
}

/// A trigger counts the statements that take names, and a sequence remembers those that were rolled back too.
#[tokio::test]
async fn a_batch_with_names_that_are_held_takes_as_many_statements_as_one_commit_does() {
    let (database, postgres) = TestDatabase::migrated().await;
    let users = postgres.storage().users;
    users.commit(&[creation("held")]).await.unwrap();
    let mut observer = PgConnection::connect(&database.options().url).await.unwrap();
    sqlx::raw_sql(
        "CREATE SEQUENCE statements;
         CREATE FUNCTION count_statement() RETURNS trigger LANGUAGE plpgsql
             AS 'BEGIN PERFORM nextval(''statements''); RETURN NULL; END';
         CREATE TRIGGER counted BEFORE INSERT ON claims EXECUTE FUNCTION count_statement()",
    )
    .execute(&mut observer)
    .await
    .unwrap();
    let mut statements = 0;
    for batch_len in [1, 200] {
        let batch: Vec<Commit> = (0..batch_len)
            .map(|n| Commit {
                take: vec![username(&if n % 2 == 0 {
                    "held".to_owned()
                } else {
                    format!("name-{n}")
                })],
                ..creation(&format!("user-{n}"))
            })
            .collect();
        let outcomes = users.commit(&batch).await.unwrap();
        for (n, outcome) in outcomes.into_iter().enumerate() {
            let expected = match n % 2 {
                0 => CommitOutcome::Claimed(username("held")),
                _ => CommitOutcome::Committed,
            };
            assert_eq!(outcome, expected, "commit {n}");
        }
        let counted: i64 = sqlx::query_scalar("SELECT last_value FROM statements")
            .fetch_one(&mut observer)
            .await
            .unwrap();
        assert!(counted - statements <= 2, "{batch_len}: {}", counted - statements);
        statements = counted;
    }
}

/// A trigger stands for another who creates the first user just when the two neighbours were told apart. It does so in the
/// batch's own transaction, which undoes it.
#[tokio::test]
async fn nobody_stands_back_for_a_neighbour_who_loses() {
    let (database, postgres) = TestDatabase::migrated().await;
    let users = postgres.storage().users;
    let mut stranger = PgConnection::connect(&database.options().url).await.unwrap();
    sqlx::raw_sql(
        "CREATE SEQUENCE statements;
         CREATE FUNCTION create_at_the_second_statement() RETURNS trigger LANGUAGE plpgsql
             AS 'BEGIN
                     IF nextval(''statements'') = 2 THEN
                         INSERT INTO users (user_id, sequence, commit_id, changed_at, document)
                         VALUES (''ada'', 1, uuid_send(gen_random_uuid()), now(), ''{\"state\": \"removed\"}'');
                     END IF;
                     RETURN NULL;
                 END';
         CREATE TRIGGER stranger BEFORE INSERT ON users
            WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION create_at_the_second_statement()",
    )
    .execute(&mut stranger)
    .await
    .unwrap();
    let batch = ["ada", "bea"].map(|id| Commit {
        take: vec![username("shared")],
        ..creation(id)
    });
    let outcomes = users.commit(&batch).await.unwrap();
    let shared = CommitOutcome::Claimed(username("shared"));
    assert_eq!(outcomes, [CommitOutcome::Committed, shared]);
    let statements: i64 = sqlx::query_scalar("SELECT last_value FROM statements")
        .fetch_one(&mut stranger)
        .await
        .unwrap();
    assert_eq!(statements, 3, "refused, overtaken, written");
}
