//! What PostgreSQL promises when several instances write at once. A deadlock that was resolved by trying again is still one:
//! the server's own count decides.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

#[path = "concurrency/contested.rs"]
mod contested;
mod support;

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use ringtrue_core::{
    CommitId, UserId,
    port::{
        Commit, CommitOutcome, KeyState, RecordedEvent, SettleOutcome, Settlement, StoreError, UserStore,
        Versioned,
    },
    user::{Event, User},
};
use ringtrue_group_commit::{Batching, GroupCommit};
use ringtrue_postgres::Postgres;
use ringtrue_testkit::builders::{
    NOON, call_key, creation, deletion, failure, key_claim, keyed_reply, sent, unique_bytes, user_id,
    username, with_message,
};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use support::TestDatabase;
use tokio::task::JoinSet;

/// How many of the database's processes wait for a lock.
const WAITING: &str = "SELECT count(*) FROM pg_stat_activity
                        WHERE datname = current_database() AND wait_event_type = 'Lock'";

/// Asks until the answer is this one. Outside a transaction, inside which the server would repeat its first answer.
async fn wait_until(connection: &mut PgConnection, sql: &'static str, answer: i64) {
    let asking = async {
        while sqlx::query_scalar::<_, i64>(sql)
            .fetch_one(&mut *connection)
            .await
            .unwrap()
            != answer
        {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), asking)
        .await
        .unwrap();
}

/// How many deadlocks the server has seen. Its processes count by themselves and report when they end.
async fn deadlocks(database: &TestDatabase, instances: &[Postgres]) -> i64 {
    for instance in instances {
        instance.close().await;
    }
    let mut connection = PgConnection::connect(&database.options().url).await.unwrap();
    let others = "SELECT count(*) FROM pg_stat_activity
                   WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'";
    wait_until(&mut connection, others, 0).await;
    sqlx::query_scalar("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        .fetch_one(&mut connection)
        .await
        .unwrap()
}

/// Eight tasks on two instances commit to the same sixteen users, each batch in another order; tells who they are and what
/// became of the batches. `commit` says what is written for the nth user of a batch in this turn.
async fn overlapping_batches(
    instances: [&Postgres; 2],
    rounds: usize,
    commit: impl Fn(usize, usize, UserId, Versioned<User>) -> Commit + Clone + Send + 'static,
) -> (Vec<UserId>, Vec<Result<Vec<CommitOutcome>, StoreError>>) {
    let created: Vec<Commit> = (0..16).map(|n| creation(&format!("user-{n:02}"))).collect();
    instances[0].storage().users.commit(&created).await.unwrap();
    let ids: Vec<UserId> = created.into_iter().map(|commit| commit.user).collect();
    let mut tasks = JoinSet::new();
    for task in 0..8_usize {
        let users = instances[task % 2].storage().users;
        let (ids, commit) = (ids.clone(), commit.clone());
        tasks.spawn(async move {
            let mut ended = Vec::new();
            for round in 0..rounds {
                let mut ids = ids.clone();
                ids.rotate_left((task * 5 + round * 3) % 16);
                if (task + round) % 2 == 1 {
                    ids.reverse();
                }
                let loaded = users.load(&ids).await.unwrap();
                let users_now = ids.into_iter().zip(loaded).enumerate();
                let batch: Vec<Commit> = users_now
                    .map(|(nth, (id, now))| commit(task + round, nth, id, now))
                    .collect();
                ended.push(users.commit(&batch).await);
            }
            ended
        });
    }
    let ended = tasks.join_all().await.into_iter().flatten().collect();
    (ids, ended)
}

/// How many commits of these batches were written.
fn count_won<'a>(batches: impl IntoIterator<Item = &'a Vec<CommitOutcome>>) -> u64 {
    let outcomes = batches.into_iter().flatten();
    outcomes
        .filter(|outcome| **outcome == CommitOutcome::Committed)
        .count() as u64
}

/// How many events these users have had since they were created.
async fn count_events(instance: &Postgres, ids: &[UserId]) -> u64 {
    let loaded = instance.storage().users.load(ids).await.unwrap();
    loaded.iter().map(|now| now.sequence - 1).sum()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn overlapping_batches_of_two_instances_never_deadlock() {
    let (database, first) = TestDatabase::migrated().await;
    let second = database.connect().await;
    let commit = |_, _, user, now: Versioned<User>| {
        let template = Commit {
            user,
            expected: now.sequence,
            take: Vec::new(),
            events: vec![Event::VerificationFailed { lock: None }],
            after: now.value,
            supersedes: true,
            id: CommitId::from_bytes(unique_bytes()),
            ..creation("template")
        };
        with_message(template)
    };
    let (ids, ended) = overlapping_batches([&first, &second], 80, commit).await;
    let outcomes: Vec<_> = ended.into_iter().map(Result::unwrap).collect();
    assert_eq!(count_events(&first, &ids).await, count_won(&outcomes));
    assert_eq!(first.storage().outbox.unsettled().await.unwrap(), 16);
    assert_eq!(deadlocks(&database, &[first, second]).await, 0);
}

/// A store that counts the batches that reach it.
struct Counting {
    inner: Arc<dyn UserStore>,
    batches: Arc<AtomicUsize>,
}

#[async_trait]
impl UserStore for Counting {
    async fn load(&self, users: &[UserId]) -> Result<Vec<Versioned<User>>, StoreError> {
        self.inner.load(users).await
    }

    async fn commit(&self, commits: &[Commit]) -> Result<Vec<CommitOutcome>, StoreError> {
        self.batches.fetch_add(1, Ordering::Relaxed);
        self.inner.commit(commits).await
    }

    async fn history(&self, user: &UserId) -> Result<Vec<RecordedEvent>, StoreError> {
        self.inner.history(user).await
    }
}

/// Sixteen callers on two instances, each of which has up to four batches on their way, commit to the same sixteen users.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn ten_thousand_overlapping_batches_of_two_group_commits_never_deadlock() {
    const BATCHES: usize = 10_000;
    let (database, first) = TestDatabase::migrated().await;
    let second = database.connect().await;
    let created: Vec<Commit> = (0..16).map(|n| creation(&format!("user-{n:02}"))).collect();
    first.storage().users.commit(&created).await.unwrap();
    let batches = Arc::new(AtomicUsize::new(0));
    // What was last committed to each user, as far as is known.
    let latest: Arc<Vec<Mutex<Commit>>> = Arc::new(created.into_iter().map(Mutex::new).collect());
    let options = ringtrue_group_commit::Options {
        commits: Some(Batching {
            slots: 4,
            ..Batching::default()
        }),
        loads: None,
        at_once: None,
    };
    let mut callers = JoinSet::new();
    for instance in [&first, &second] {
        let (inner, batches) = (instance.storage().users, Arc::clone(&batches));
        let counting = Counting {
            inner,
            batches: Arc::clone(&batches),
        };
        let users = Arc::new(GroupCommit::new(Arc::new(counting), options).unwrap());
        for caller in 0..8_usize {
            let (users, latest, batches) = (users.clone(), latest.clone(), batches.clone());
            callers.spawn(async move {
                let (mut calls, mut won) = (0, 0);
                while batches.load(Ordering::Relaxed) < BATCHES {
                    let start = caller * 5 + calls * 3;
                    let picked = (0..4).map(|nth| (start + nth * 5) % 16);
                    let commits: Vec<Commit> = picked
                        .clone()
                        .map(|nth| failure(&latest[nth].lock().unwrap()))
                        .collect();
                    let outcomes = users.commit(&commits).await.unwrap();
                    for ((nth, commit), outcome) in picked.zip(commits).zip(outcomes) {
                        if outcome == CommitOutcome::Committed {
                            won += 1;
                            *latest[nth].lock().unwrap() = commit;
                        }
                    }
                    calls += 1;
                }
                (calls, won)
            });
        }
    }
    let done = callers.join_all().await;
    let calls: usize = done.iter().map(|(calls, _)| calls).sum();
    let won: u64 = done.iter().map(|(_, won)| won).sum();
    assert!(batches.load(Ordering::Relaxed) < calls, "no call shared a batch");
    let ids: Vec<_> = (0..16).map(|n| user_id(&format!("user-{n:02}"))).collect();
    let loaded = first.storage().users.load(&ids).await.unwrap();
    assert_eq!(loaded.iter().map(|now| now.sequence - 1).sum::<u64>(), won);
    assert_eq!(deadlocks(&database, &[first, second]).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn batches_that_create_the_same_users_never_deadlock() {
    let (database, first) = TestDatabase::migrated().await;
    let second = database.connect().await;
    for round in 0..8 {
        let mut tasks = JoinSet::new();
        for task in 0..8_usize {
            let users = if task % 2 == 0 { &first } else { &second }.storage().users;
            tasks.spawn(async move {
                let mut batch: Vec<Commit> =
                    (0..150).map(|n| creation(&format!("user-{round}-{n}"))).collect();
                batch.rotate_left(task * 10);
                if task % 2 == 1 {
                    batch.reverse();
                }
                users.commit(&batch).await.unwrap()
            });
        }
        let outcomes = tasks.join_all().await.concat();
        let won = outcomes
            .iter()
            .filter(|outcome| **outcome == CommitOutcome::Committed)
            .count();
        assert_eq!(won, 150);
    }
    assert_eq!(deadlocks(&database, &[first, second]).await, 0);
}

/// Commits that supersede messages, and the settling of the same messages, lock them in one order.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn settling_and_superseding_the_same_messages_never_deadlock() {
    let (database, postgres) = TestDatabase::migrated().await;
    let storage = postgres.storage();
    let mut before: Vec<Commit> = (0..200)
        .map(|n| with_message(creation(&format!("user-{n:03}"))))
        .collect();
    storage.users.commit(&before).await.unwrap();
    for _ in 0..12 {
        let claimed = storage
            .outbox
            .claim(500, time::Duration::MINUTE, NOON)
            .await
            .unwrap();
        assert_eq!(claimed.len(), 200);
        let settlements: Vec<Settlement> = claimed.iter().map(sent).collect();
        // Each round the other way round, while settlements come as they were claimed.
        let next: Vec<Commit> = before
            .iter()
            .rev()
            .map(|before| Commit {
                supersedes: true,
                at: NOON,
                ..with_message(failure(before))
            })
            .collect();
        let (settled, committed) = tokio::join!(
            storage.outbox.settle(&settlements, NOON),
            storage.users.commit(&next)
        );
        let settled = settled.unwrap();
        assert!(
            settled
                .iter()
                .all(|outcome| matches!(outcome, SettleOutcome::Settled | SettleOutcome::LeaseLost))
        );
        assert_eq!(committed.unwrap(), vec![CommitOutcome::Committed; 200]);
        assert_eq!(storage.outbox.unsettled().await.unwrap(), 200);
        before = next;
    }
    assert_eq!(deadlocks(&database, &[postgres]).await, 0);
}

/// A stranger settles a message and has not committed: whoever erases its user waits, and then finds it where it has gone.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whoever_erases_a_user_erases_what_was_settled_while_they_waited_for_it() {
    let (database, postgres) = TestDatabase::migrated().await;
    let users = postgres.storage().users;
    let created = with_message(creation("ada"));
    users.commit(std::slice::from_ref(&created)).await.unwrap();
    let mut stranger = PgConnection::connect(&database.options().url).await.unwrap();
    let mut settling = stranger.begin().await.unwrap();
    sqlx::raw_sql(
        "WITH gone AS (DELETE FROM outbox RETURNING *)
         INSERT INTO settled_messages (user_id, message_id, code_id, created_at, expires_at, state, attempts, settled_at)
         SELECT user_id, message_id, code_id, created_at, expires_at, 'expired', attempts, expires_at FROM gone",
    )
    .execute(&mut *settling)
    .await
    .unwrap();
    let deleted = deletion(&created);
    let erasing = tokio::spawn(async move { users.commit(&[deleted]).await.unwrap() });
    let mut observer = PgConnection::connect(&database.options().url).await.unwrap();
    wait_until(&mut observer, WAITING, 1).await;
    settling.commit().await.unwrap();
    assert_eq!(erasing.await.unwrap(), [CommitOutcome::Committed]);
    let left =
        sqlx::query_scalar("SELECT (SELECT count(*) FROM settled_messages) + (SELECT count(*) FROM outbox)");
    let left: i64 = left.fetch_one(&mut observer).await.unwrap();
    assert_eq!(left, 0);
}

/// Two users take each other's name. A third keeps both waiting, so that they certainly meet.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_who_swap_names_at_once_neither_deadlocks() {
    let (database, postgres) = TestDatabase::migrated().await;
    let users = postgres.storage().users;
    let (ada, bea) = (creation("ada"), creation("bea"));
    users.commit(&[ada.clone(), bea.clone()]).await.unwrap();
    let mut third = PgConnection::connect(&database.options().url).await.unwrap();
    let mut gate = third.begin().await.unwrap();
    sqlx::raw_sql("INSERT INTO claims VALUES ('username', '1', 'third'), ('username', '2', 'third')")
        .execute(&mut *gate)
        .await
        .unwrap();
    let mut renames = JoinSet::new();
    for (before, gate, from, to) in [(&ada, "1", "ada", "bea"), (&bea, "2", "bea", "ada")] {
        let rename = Commit {
            release: vec![username(from)],
            take: vec![username(gate), username(to)],
            ..failure(before)
        };
        let users = users.clone();
        renames.spawn(async move { users.commit(&[rename]).await.unwrap().remove(0) });
    }
    let mut observer = PgConnection::connect(&database.options().url).await.unwrap();
    wait_until(&mut observer, WAITING, 2).await;
    gate.rollback().await.unwrap();
    // Either both find the other's name held, or one comes after the other and gets what was released.
    let outcomes = renames.join_all().await;
    assert!(
        outcomes
            .iter()
            .any(|outcome| matches!(outcome, CommitOutcome::Claimed(_))),
        "{outcomes:?}"
    );
    third.close().await.unwrap();
    observer.close().await.unwrap();
    assert_eq!(deadlocks(&database, &[postgres]).await, 0);
}

/// A stranger is at the key that is claimed. At others, which have expired like it, must be nobody then.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whoever_waits_for_a_key_holds_nobody_elses() {
    const TABLES: [&str; 2] = ["idempotency_claims", "idempotency_replies"];
    let (database, postgres) = TestDatabase::migrated().await;
    let calls = postgres.storage().idempotency;
    let later = NOON + time::Duration::days(2);
    let mut stranger = PgConnection::connect(&database.options().url).await.unwrap();
    let mut observer = PgConnection::connect(&database.options().url).await.unwrap();
    for table in TABLES {
        let keys = [call_key(), call_key(), call_key()];
        for key in keys {
            calls.claim(&key_claim(key, NOON), NOON).await.unwrap();
            calls.keep(&keyed_reply(key)).await.unwrap();
        }
        let key = keys[2];
        let mut transaction = stranger.begin().await.unwrap();
        let own = format!("SELECT FROM {table} WHERE call_key = $1 FOR UPDATE");
        let own = sqlx::query(AssertSqlSafe(own)).bind(key.as_bytes().as_slice());
        own.execute(&mut *transaction).await.unwrap();
        let claims = calls.clone();
        let claiming = tokio::spawn(async move { claims.claim(&key_claim(key, later), later).await });
        wait_until(&mut observer, WAITING, 1).await;
        for table in TABLES {
            let others = format!("SELECT FROM {table} WHERE call_key <> $1 FOR UPDATE NOWAIT");
            let others = sqlx::query(AssertSqlSafe(others)).bind(key.as_bytes().as_slice());
            others.execute(&mut *transaction).await.unwrap();
        }
        transaction.rollback().await.unwrap();
        assert_eq!(claiming.await.unwrap().unwrap(), KeyState::Claimed, "{table}");
    }
}

/// A stranger to the rules locks two users in the wrong order.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_batch_that_lost_to_a_deadlock_is_tried_again() {
    let (database, postgres) = TestDatabase::migrated().await;
    let users = postgres.storage().users;
    let created = [creation("ada"), creation("bea")];
    users.commit(&created).await.unwrap();
    let mut stranger = PgConnection::connect(&database.options().url).await.unwrap();
    // Whose patience ends first is undone: the batch, after the server's one second.
    sqlx::raw_sql("SET deadlock_timeout = '1min'")
        .execute(&mut stranger)
        .await
        .unwrap();
    let mut transaction = stranger.begin().await.unwrap();
    sqlx::raw_sql("SELECT FROM users WHERE user_id = 'bea' FOR UPDATE")
        .execute(&mut *transaction)
        .await
        .unwrap();
    let batch = created.map(|before| failure(&before));
    let committing = tokio::spawn(async move { users.commit(&batch).await });
    let mut observer = PgConnection::connect(&database.options().url).await.unwrap();
    wait_until(&mut observer, WAITING, 1).await;
    sqlx::raw_sql("SELECT FROM users WHERE user_id = 'ada' FOR UPDATE")
        .execute(&mut *transaction)
        .await
        .unwrap();
    transaction.rollback().await.unwrap();
    let outcomes = committing.await.unwrap().unwrap();
    assert_eq!(outcomes, [CommitOutcome::Committed, CommitOutcome::Committed]);
    stranger.close().await.unwrap();
    observer.close().await.unwrap();
    assert_eq!(deadlocks(&database, &[postgres]).await, 1);
}
