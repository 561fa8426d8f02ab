//! What is over lies in partitions by time, and goes with them.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod support;

use std::time::Duration;

use ringtrue_core::port::{Commit, Settlement, Storage, StoreError};
use ringtrue_postgres::{Options, Over, PartitionChanges, Postgres};
use ringtrue_testkit::builders::{creation, deletion, failure, sent, user_id, with_message};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use support::TestDatabase;
use time::{Duration as Span, OffsetDateTime, macros::datetime};
use tokio::task::JoinSet;

/// A Wednesday, later than any month that the migration can have made the first partition of.
const WEDNESDAY: OffsetDateTime = datetime!(2100-06-16 12:00 UTC);

const MESSAGES_MADE: [&str; 3] = [
    "settled_messages_until_2100_06_21",
    "settled_messages_until_2100_06_28",
    "settled_messages_until_2100_07_05",
];
const EVENTS_MADE: [&str; 2] = ["user_events_until_2100_07_01", "user_events_until_2100_08_01"];

async fn keep(postgres: &Postgres, now: OffsetDateTime, over: Over) -> PartitionChanges {
    postgres.keep_partitions(now, over).await.unwrap()
}

async fn count(database: &TestDatabase, table: &str) -> i64 {
    let mut connection = PgConnection::connect(&database.options().url).await.unwrap();
    let count = sqlx::query_scalar(AssertSqlSafe(format!("SELECT count(*) FROM {table}")));
    count.fetch_one(&mut connection).await.unwrap()
}

/// The commit that creates a user at this instant, and queues a message.
fn creation_at(id: &str, at: OffsetDateTime) -> Commit {
    let mut created = with_message(creation(id));
    created.at = at;
    if let Some(message) = &mut created.message {
        message.expires_at = at + Span::HOUR;
    }
    created
}

/// A user who comes into being at this instant, whose message is sent then.
async fn user_with_sent_message(storage: &Storage, id: &str, at: OffsetDateTime) -> Commit {
    let created = creation_at(id, at);
    storage
        .users
        .commit(std::slice::from_ref(&created))
        .await
        .unwrap();
    let claimed = storage.outbox.claim(1, Span::MINUTE, at).await.unwrap();
    storage.outbox.settle(&[sent(&claimed[0])], at).await.unwrap();
    created
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn partitions_are_made_weeks_ahead_and_once_however_many_instances_are_at_it() {
    let (database, _postgres) = TestDatabase::migrated().await;
    let mut instances = JoinSet::new();
    for _ in 0..4 {
        let postgres = database.connect().await;
        instances.spawn(async move { keep(&postgres, WEDNESDAY, Over::default()).await });
    }
    let changes = instances.join_all().await;
    // Whoever finds another at it leaves it to that one, which may have been about to end.
    let rest = keep(&database.connect().await, WEDNESDAY, Over::default()).await;
    let mut made: Vec<String> = changes
        .into_iter()
        .chain([rest])
        .flat_map(|changes| changes.made)
        .collect();
    made.sort();
    assert_eq!(made, [&MESSAGES_MADE[..], &EVENTS_MADE[..]].concat());
    let again = keep(&database.connect().await, WEDNESDAY, Over::default()).await;
    assert_eq!(again, PartitionChanges::default());
    let next_week = keep(&database.connect().await, WEDNESDAY + Span::WEEK, Over::default()).await;
    assert_eq!(
        next_week.made,
        [
            "settled_messages_until_2100_07_12",
            "user_events_until_2100_09_01"
        ]
    );
}

#[tokio::test]
async fn what_is_over_goes_with_its_partition_and_what_is_not_stays() {
    let (database, postgres) = TestDatabase::migrated().await;
    let storage = postgres.storage();
    keep(&postgres, WEDNESDAY, Over::default()).await;
    user_with_sent_message(&storage, "ada", WEDNESDAY).await;
    let later = WEDNESDAY + Span::WEEK * 3;
    keep(&postgres, later, Over::default()).await;
    user_with_sent_message(&storage, "bea", later).await;
    for (partition, rows) in [
        ("settled_messages_until_2100_06_21", 1),
        ("settled_messages_until_2100_07_12", 1),
        ("settled_messages_default", 0),
        ("user_events_until_2100_07_01", 1),
        ("user_events_until_2100_08_01", 1),
        ("user_events_default", 0),
        ("outbox", 0),
    ] {
        assert_eq!(count(&database, partition).await, rows, "{partition}");
    }

    let a_moment_early = Over {
        messages: Some(datetime!(2100-06-20 23:59:59 UTC)),
        events: Some(datetime!(2100-06-30 23:59:59 UTC)),
    };
    let dropped = keep(&postgres, later, a_moment_early).await.dropped;
    // The first partition of the events ends with the month in which the database was migrated.
    assert_eq!(dropped.len(), 1, "{dropped:?}");
    assert_eq!(
        storage.outbox.forget(9, later).await.unwrap(),
        0,
        "left to the whole week"
    );
    let over = Over {
        messages: Some(datetime!(2100-06-21 0:00 UTC)),
        events: Some(datetime!(2100-07-01 0:00 UTC)),
    };
    let dropped = keep(&postgres, later, over).await.dropped;
    assert_eq!(dropped, [MESSAGES_MADE[0], EVENTS_MADE[0]]);

    assert_eq!(count(&database, "settled_messages").await, 1);
    for (id, events) in [("ada", 0), ("bea", 1)] {
        let history = storage.users.history(&user_id(id)).await.unwrap();
        assert_eq!(history.len(), events, "{id}");
        let loaded = storage.users.load(&[user_id(id)]).await.unwrap();
        assert_eq!(loaded[0].sequence, 1, "{id}");
    }
}

#[tokio::test]
async fn old_events_are_looked_for_in_the_months_that_may_hold_them() {
    let (_database, postgres) = TestDatabase::migrated().await;
    let storage = postgres.storage();
    let next_month = WEDNESDAY + Span::days(30);
    keep(&postgres, WEDNESDAY, Over::default()).await;
    let created = user_with_sent_message(&storage, "ada", WEDNESDAY).await;
    let mut failed = failure(&created);
    failed.at = next_month;
    storage.users.commit(&[failed]).await.unwrap();
    let look = storage.events.look_over(None, 1, WEDNESDAY).await.unwrap();
    assert_eq!(look.forgotten, 1);
    let rest = storage
        .events
        .look_over(look.reached, 9, WEDNESDAY)
        .await
        .unwrap();
    assert_eq!((rest.forgotten, rest.reached), (0, None));
    let all = storage.events.look_over(None, 9, next_month).await.unwrap();
    assert_eq!((all.forgotten, all.reached), (1, None));
}

#[tokio::test]
async fn what_came_before_its_partition_stays_in_the_default_one_and_is_forgotten_there() {
    let (database, postgres) = TestDatabase::migrated().await;
    let storage = postgres.storage();
    user_with_sent_message(&storage, "ada", WEDNESDAY).await;
    let made = keep(&postgres, WEDNESDAY, Over::default()).await.made;
    assert_eq!(made, [&MESSAGES_MADE[1..], &EVENTS_MADE[1..]].concat());
    let again = keep(&postgres, WEDNESDAY, Over::default()).await;
    assert_eq!(again, PartitionChanges::default());
    assert_eq!(count(&database, "settled_messages_default").await, 1);
    assert_eq!(count(&database, "user_events_default").await, 1);
    assert_eq!(storage.outbox.forget(9, WEDNESDAY).await.unwrap(), 1);
    let look = storage.events.look_over(None, 9, WEDNESDAY).await.unwrap();
    assert_eq!(look.forgotten, 1);
}

#[tokio::test]
async fn a_table_that_somebody_reads_for_long_is_left_for_the_next_time_and_calls_go_on() {
    let (database, postgres) = TestDatabase::migrated().await;
    keep(&postgres, WEDNESDAY, Over::default()).await;
    let hasty = Options {
        lock_timeout: Duration::from_millis(50),
        ..database.options()
    };
    let hasty = Postgres::connect(&hasty).await.unwrap();
    let mut reader = PgConnection::connect(&database.options().url).await.unwrap();
    let mut reading = reader.begin().await.unwrap();
    sqlx::raw_sql("SELECT FROM settled_messages")
        .execute(&mut *reading)
        .await
        .unwrap();
    let next_week = WEDNESDAY + Span::WEEK;
    let over = Over {
        messages: Some(next_week),
        events: None,
    };
    let failed = hasty.keep_partitions(next_week, over).await;
    assert!(matches!(failed, Err(StoreError::Overloaded)), "{failed:?}");
    user_with_sent_message(&hasty.storage(), "ada", WEDNESDAY).await;
    reading.rollback().await.unwrap();
    let dropped = keep(&hasty, next_week, over).await.dropped;
    assert_eq!(dropped, MESSAGES_MADE[..1]);
}

/// Whether a message is settled before its user is erased, meanwhile, or not at all: nothing of it is left.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_an_erased_user_no_message_is_left_though_it_is_settled_at_the_same_time() {
    let (database, postgres) = TestDatabase::migrated().await;
    let storage = postgres.storage();
    keep(&postgres, WEDNESDAY, Over::default()).await;
    for round in 0..12 {
        let created: Vec<Commit> = (0..100)
            .map(|n| creation_at(&format!("user-{round}-{n:03}"), WEDNESDAY))
            .collect();
        storage.users.commit(&created).await.unwrap();
        let claimed = storage.outbox.claim(100, Span::MINUTE, WEDNESDAY).await.unwrap();
        let settlements: Vec<Settlement> = claimed.iter().map(sent).collect();
        assert_eq!(settlements.len(), 100);
        let deletions: Vec<Commit> = created.iter().rev().map(deletion).collect();
        let (settled, committed) = tokio::join!(
            storage.outbox.settle(&settlements, WEDNESDAY),
            storage.users.commit(&deletions)
        );
        settled.unwrap();
        committed.unwrap();
        assert_eq!(count(&database, "settled_messages").await, 0, "round {round}");
        assert_eq!(count(&database, "outbox").await, 0, "round {round}");
    }
}
