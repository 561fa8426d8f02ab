use std::collections::HashMap;

use async_trait::async_trait;
use ringtrue_core::{
    CommitId, UserId,
    port::{Commit, CommitOutcome, RecordedEvent, StoreError, UserStore, Versioned},
    user::{Event, User},
};
use sqlx::{Row as _, postgres::PgRow, types::Json};

use crate::{
    at_hand::AtHand,
    batch::{Batch, winners},
    contested,
    error::{lost_a_race, rejected, store_error},
};

/// How often a batch is tried that the server rolled back for another's sake, or for a name or an answer.
const ATTEMPTS_MAX: u32 = 4;

/// The constraint that makes names unique.
const NAMES_UNIQUE: &str = "claims_pkey";

/// The constraint that gives a key one answer.
const ANSWERS_UNIQUE: &str = "idempotency_replies_pkey";

/// Keeps users, their history and their names in PostgreSQL.
#[derive(Debug, Clone)]
pub(crate) struct PostgresUserStore {
    connections: AtHand,
}

impl PostgresUserStore {
    pub(crate) const fn new(connections: AtHand) -> Self {
        Self { connections }
    }
}

#[async_trait]
impl UserStore for PostgresUserStore {
    async fn load(&self, users: &[UserId]) -> Result<Vec<Versioned<User>>, StoreError> {
        if users.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<&str> = users.iter().map(UserId::as_str).collect();
        let statement = sqlx::query(include_str!("sql/user_store_load.sql")).bind(ids);
        let rows = self.connections.fetch_all(statement).await.map_err(store_error)?;
        let found: HashMap<UserId, Versioned<User>> = rows.iter().map(read).collect::<Result<_, _>>()?;
        let find = |id| found.get(id).cloned().unwrap_or_else(Versioned::initial);
        Ok(users.iter().map(find).collect())
    }

    /// One statement for the whole batch, and one more where it erases users. If the database refuses any of it, none is
    /// written.
    ///
    /// If what it refuses is a name or an answer, the batch is looked at and written without those who cannot have theirs.
    /// A batch that was rolled back only because of others is tried again a few times, and then given up as overload.
    async fn commit(&self, commits: &[Commit]) -> Result<Vec<CommitOutcome>, StoreError> {
        if commits.is_empty() {
            return Ok(Vec::new());
        }
        let batch = Batch::of(commits)?;
        let mut is_contested = false;
        for attempt in 1..=ATTEMPTS_MAX {
            let tried = if is_contested {
                contested::commit(self.connections.pool(), commits).await
            } else {
                self.commit_as_one(commits, &batch).await.map(Some)
            };
            match tried {
                Ok(Some(outcomes)) => return Ok(outcomes),
                Ok(None) => {}
                Err(error) if violates(&error, NAMES_UNIQUE) || violates(&error, ANSWERS_UNIQUE) => {
                    is_contested = true;
                }
                Err(error) if lost_a_race(&error) => {}
                Err(error) => return Err(store_error(error)),
            }
            tracing::debug!(
                attempt,
                commits = commits.len(),
                "batch lost to another and is tried again"
            );
        }
        Err(StoreError::Overloaded)
    }

    async fn history(&self, user: &UserId) -> Result<Vec<RecordedEvent>, StoreError> {
        let rows = sqlx::query(include_str!("sql/user_store_history.sql"))
            .bind(user.as_str())
            .fetch_all(self.connections.pool())
            .await
            .map_err(store_error)?;
        rows.iter().map(read_event).collect()
    }
}

impl PostgresUserStore {
    async fn commit_as_one(
        &self,
        commits: &[Commit],
        batch: &Batch<'_>,
    ) -> Result<Vec<CommitOutcome>, sqlx::Error> {
        let won = if batch.erases() {
            self.connections.write(batch).await?
        } else {
            winners(&self.connections.fetch_all(batch.statement()).await?)?
        };
        let outcome = |commit: &Commit| {
            if won.contains(commit.user.as_str()) {
                CommitOutcome::Committed
            } else {
                CommitOutcome::Conflict
            }
        };
        Ok(commits.iter().map(outcome).collect())
    }
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
