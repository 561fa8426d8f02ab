use std::collections::{HashMap, HashSet};

use async_trait::async_trait;
use ringtrue_core::{
    CommitId, UserId,
    port::{Commit, CommitOutcome, RecordedEvent, StoreError, UserStore, Versioned},
    user::{Claim, Event, User},
};
use sqlx::{Acquire as _, PgConnection, PgPool, Row as _, postgres::PgRow, types::Json};

use crate::{
    batch::Batch,
    error::{lost_a_race, rejected, store_error},
};

/// How often a batch is tried that the server rolled back for another's sake.
const ATTEMPTS_MAX: u32 = 3;

/// The constraint that makes names unique.
const NAMES_UNIQUE: &str = "claims_pkey";

/// The constraint that gives a key one answer.
const ANSWERS_UNIQUE: &str = "idempotency_replies_pkey";

/// Keeps users, their history and their names in PostgreSQL.
#[derive(Debug, Clone)]
pub struct PostgresUserStore {
    pool: PgPool,
}

impl PostgresUserStore {
    pub(crate) const fn new(pool: PgPool) -> Self {
        Self { pool }
    }
}

#[async_trait]
impl UserStore for PostgresUserStore {
    async fn load(&self, users: &[UserId]) -> Result<Vec<Versioned<User>>, StoreError> {
        if users.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<&str> = users.iter().map(UserId::as_str).collect();
        let rows = sqlx::query(include_str!("sql/user_store_load.sql"))
            .bind(ids)
            .fetch_all(&self.pool)
            .await
            .map_err(store_error)?;
        let found: HashMap<UserId, Versioned<User>> = rows.iter().map(read).collect::<Result<_, _>>()?;
        let find = |id| found.get(id).cloned().unwrap_or_else(Versioned::initial);
        Ok(users.iter().map(find).collect())
    }

    /// One statement for the whole batch. If the database refuses any of it, none is written.
    ///
    /// A batch that lost to a deadlock or a serialisation failure was rolled back; it is tried again a few times, and then
    /// given up as overload.
    async fn commit(&self, commits: &[Commit]) -> Result<Vec<CommitOutcome>, StoreError> {
        if commits.is_empty() {
            return Ok(Vec::new());
        }
        let batch = Batch::of(commits)?;
        let mut attempt = 1;
        loop {
            let error = match self.try_commit(commits, &batch).await {
                Ok(outcomes) => return Ok(outcomes),
                Err(error) => error,
            };
            if attempt == ATTEMPTS_MAX || !lost_a_race(&error) {
                return Err(store_error(error));
            }
            tracing::debug!(
                attempt,
                commits = commits.len(),
                "batch lost to another and is tried again"
            );
            attempt += 1;
        }
    }

    async fn history(&self, user: &UserId) -> Result<Vec<RecordedEvent>, StoreError> {
        let rows = sqlx::query(include_str!("sql/user_store_history.sql"))
            .bind(user.as_str())
            .fetch_all(&self.pool)
            .await
            .map_err(store_error)?;
        rows.iter().map(read_event).collect()
    }
}

impl PostgresUserStore {
    async fn try_commit(
        &self,
        commits: &[Commit],
        batch: &Batch<'_>,
    ) -> Result<Vec<CommitOutcome>, sqlx::Error> {
        match batch.statement().fetch_all(&self.pool).await {
            Ok(won) => {
                let won: HashSet<String> = won.into_iter().map(|(user,)| user).collect();
                let outcome = |commit: &Commit| {
                    if won.contains(commit.user.as_str()) {
                        CommitOutcome::Committed
                    } else {
                        CommitOutcome::Conflict
                    }
                };
                Ok(commits.iter().map(outcome).collect())
            }
            Err(error) if violates(&error, NAMES_UNIQUE) || violates(&error, ANSWERS_UNIQUE) => {
                self.commit_each(commits).await
            }
            Err(error) => Err(error),
        }
    }

    /// Finds out which commit wanted a name that another user holds, or answers a key that has an answer, by writing each by
    /// itself, in one transaction so that the batch is still one sync of the disk and refused as a whole.
    async fn commit_each(&self, commits: &[Commit]) -> Result<Vec<CommitOutcome>, sqlx::Error> {
        let mut outcomes = vec![CommitOutcome::Conflict; commits.len()];
        let mut in_key_order: Vec<usize> = (0..commits.len()).collect();
        in_key_order.sort_by_key(|&nth| &commits[nth].user);
        let mut transaction = self.pool.begin().await?;
        for nth in in_key_order {
            outcomes[nth] = commit_one(&mut transaction, &commits[nth]).await?;
        }
        transaction.commit().await?;
        Ok(outcomes)
    }
}

async fn commit_one(connection: &mut PgConnection, commit: &Commit) -> Result<CommitOutcome, sqlx::Error> {
    let batch = Batch::of(std::slice::from_ref(commit)).map_err(|error| sqlx::Error::Encode(error.into()))?;
    let mut attempt = 1;
    loop {
        let mut savepoint = connection.begin().await?;
        match batch.statement().fetch_optional(&mut *savepoint).await {
            Ok(won) => {
                savepoint.commit().await?;
                return Ok(won.map_or(CommitOutcome::Conflict, |_| CommitOutcome::Committed));
            }
            Err(error) if violates(&error, ANSWERS_UNIQUE) => {
                savepoint.rollback().await?;
                return Ok(CommitOutcome::Answered);
            }
            Err(error) if violates(&error, NAMES_UNIQUE) => {
                savepoint.rollback().await?;
                if let Some(held) = held_by_another(connection, commit).await? {
                    return Ok(CommitOutcome::Claimed(held));
                }
                // Whoever held it has let go in between.
                if attempt == ATTEMPTS_MAX {
                    return Err(error);
                }
                attempt += 1;
            }
            Err(error) => return Err(error),
        }
    }
}

/// A name that the commit wants and another user holds.
async fn held_by_another(
    connection: &mut PgConnection,
    commit: &Commit,
) -> Result<Option<Claim>, sqlx::Error> {
    let kinds: Vec<&str> = commit.take.iter().map(|name| name.kind.as_str()).collect();
    let values: Vec<&str> = commit.take.iter().map(|name| name.value.as_str()).collect();
    let held: Vec<(String, String)> = sqlx::query_as(include_str!("sql/user_store_holders.sql"))
        .bind(kinds)
        .bind(values)
        .bind(commit.user.as_str())
        .fetch_all(connection)
        .await?;
    let is_held = |name: &&Claim| {
        held.iter()
            .any(|(kind, value)| *kind == name.kind.as_str() && *value == name.value)
    };
    Ok(commit.take.iter().find(is_held).cloned())
}

fn violates(error: &sqlx::Error, constraint: &str) -> bool {
    error
        .as_database_error()
        .is_some_and(|database| database.is_unique_violation() && database.constraint() == Some(constraint))
}

/// Reads a row of `users`.
pub(crate) fn read(row: &PgRow) -> Result<(UserId, Versioned<User>), StoreError> {
    let commit: &[u8] = row.try_get("commit_id").map_err(store_error)?;
    let sequence: i64 = row.try_get("sequence").map_err(store_error)?;
    let Json(value) = row.try_get("document").map_err(store_error)?;
    let now = Versioned {
        value,
        sequence: u64::try_from(sequence).map_err(rejected)?,
        changed_at: row.try_get("changed_at").map_err(store_error)?,
        last_commit: Some(CommitId::from_bytes(commit.try_into().map_err(rejected)?)),
    };
    Ok((
        UserId::from_stored(row.try_get("user_id").map_err(store_error)?),
        now,
    ))
}

fn read_event(row: &PgRow) -> Result<RecordedEvent, StoreError> {
    let sequence: i64 = row.try_get("sequence").map_err(store_error)?;
    let Json(event): Json<Event> = row.try_get("payload").map_err(store_error)?;
    Ok(RecordedEvent {
        sequence: u64::try_from(sequence).map_err(rejected)?,
        at: row.try_get("at").map_err(store_error)?,
        editor: row.try_get("editor").map_err(store_error)?,
        event,
    })
}
