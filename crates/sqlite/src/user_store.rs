use std::collections::HashMap;

use async_trait::async_trait;
use ringtrue_core::{
    CommitId, UserId,
    port::{Commit, CommitOutcome, InsertOutcome, RecordedEvent, StoreError, UserStore, Versioned},
    search::Listing,
    user::{Claim, User},
};
use serde::Deserialize;
use sqlx::{Row as _, SqliteConnection, SqlitePool, sqlite::SqliteRow};

use crate::{
    batch::{Batch, signed},
    error::{rejected, store_error},
    idempotency_store::insert_reply,
    instant::from_micros,
    listing,
    transactions::{Transactions, transaction},
    visit::{fetch, list},
};

/// Keeps users, their history and their names in SQLite.
#[derive(Debug, Clone)]
pub(crate) struct SqliteUserStore {
    transactions: Transactions,
    writer: SqlitePool,
    readers: SqlitePool,
}

impl SqliteUserStore {
    pub(crate) const fn new(transactions: Transactions, writer: SqlitePool, readers: SqlitePool) -> Self {
        Self {
            transactions,
            writer,
            readers,
        }
    }
}

#[async_trait]
impl UserStore for SqliteUserStore {
    async fn load(&self, users: &[UserId]) -> Result<Vec<Versioned<User>>, StoreError> {
        if users.is_empty() {
            return Ok(Vec::new());
        }
        let stored = sqlx::query_scalar(concat!(
            include_str!("sql/user_store_select.sql"),
            include_str!("sql/user_store_load.sql")
        ))
        .bind(list(users)?);
        let stored: Vec<StoredUser> = fetch(stored, &self.readers).await?;
        let found: HashMap<UserId, Versioned<User>> = stored
            .into_iter()
            .map(StoredUser::read)
            .collect::<Result<_, _>>()?;
        let find = |id| found.get(id).cloned().unwrap_or_else(Versioned::initial);
        Ok(users.iter().map(find).collect())
    }

    /// One transaction and one sync for the whole batch. If the database refuses any of it, none is written.
    async fn commit(&self, commits: &[Commit]) -> Result<Vec<CommitOutcome>, StoreError> {
        if commits.is_empty() {
            return Ok(Vec::new());
        }
        if commits.iter().all(is_plain) {
            match self.commit_all(commits).await {
                // Refused as a whole: one by one it turns out which of them count.
                Err(StoreError::Rejected(_)) => {}
                committed => return committed,
            }
        }
        self.commit_each(commits).await
    }

    async fn history(&self, user: &UserId) -> Result<Vec<RecordedEvent>, StoreError> {
        let rows = sqlx::query(include_str!("sql/user_store_history.sql"))
            .bind(user.as_str())
            .fetch_all(&self.readers)
            .await
            .map_err(store_error)?;
        rows.iter().map(read_event).collect()
    }
}

/// Whether all that a commit writes is in [`Batch`].
fn is_plain(commit: &Commit) -> bool {
    commit.take.is_empty()
        && commit.release.is_empty()
        && commit.reply.is_none()
        && !commit.erases
        && Listing::changed_by(commit).is_none()
}

impl SqliteUserStore {
    /// Commits all of a batch, in one visit to the thread that runs SQLite; refused if any conflicts.
    async fn commit_all(&self, commits: &[Commit]) -> Result<Vec<CommitOutcome>, StoreError> {
        let expected: Vec<(&UserId, u64)> = commits
            .iter()
            .map(|commit| (&commit.user, commit.expected))
            .collect();
        let query = sqlx::query_scalar(transaction!(
            "sql/user_store_expected.sql",
            "sql/user_store_write.sql"
        ))
        .bind(i64::try_from(expected.len()).map_err(rejected)?)
        .bind(list(&expected)?);
        self.transactions.run(Batch::of(commits)?.bind(query)?).await?;
        Ok(vec![CommitOutcome::Committed; commits.len()])
    }

    /// Commits those of a batch that count.
    async fn commit_each(&self, commits: &[Commit]) -> Result<Vec<CommitOutcome>, StoreError> {
        let mut outcomes = Vec::with_capacity(commits.len());
        // The write lock comes first: from here on nobody else changes what the checks below read.
        let mut transaction = self
            .writer
            .begin_with("BEGIN IMMEDIATE")
            .await
            .map_err(store_error)?;
        let latest = sequences(&mut transaction, commits).await?;
        let mut won = Batch::default();
        for commit in commits {
            let latest = latest.get(&commit.user).copied().unwrap_or_default();
            let outcome = admit(&mut transaction, commit, latest).await?;
            if outcome == CommitOutcome::Committed {
                won.push(commit)?;
            }
            outcomes.push(outcome);
        }
        won.bind(sqlx::query_scalar(include_str!("sql/user_store_write.sql")))?
            .fetch_all(&mut *transaction)
            .await
            .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)?;
        Ok(outcomes)
    }
}

/// Where the users of a batch stand.
async fn sequences(
    connection: &mut SqliteConnection,
    commits: &[Commit],
) -> Result<HashMap<UserId, i64>, StoreError> {
    let users: Vec<&UserId> = commits.iter().map(|commit| &commit.user).collect();
    let sequences = sqlx::query_scalar(include_str!("sql/user_store_sequences.sql")).bind(list(&users)?);
    fetch(sequences, connection).await
}

/// Whether a commit counts; if so, its answer and names are written, and who is found by what, and [`Batch`] has the rest.
///
/// All checks come before the first change, so that a commit that fails one has written nothing.
async fn admit(
    connection: &mut SqliteConnection,
    commit: &Commit,
    latest: i64,
) -> Result<CommitOutcome, StoreError> {
    if latest != signed(commit.expected)? {
        return Ok(CommitOutcome::Conflict);
    }
    for claim in &commit.take {
        let holder = about_claim(include_str!("sql/user_store_holder.sql"), claim, commit)
            .fetch_optional(&mut *connection)
            .await
            .map_err(store_error)?;
        if holder.is_some() {
            return Ok(CommitOutcome::Claimed(claim.clone()));
        }
    }
    // The last check, which is also the first change.
    if let Some(reply) = &commit.reply
        && insert_reply(&mut *connection, reply).await? == InsertOutcome::Exists
    {
        return Ok(CommitOutcome::Answered);
    }
    if commit.erases {
        // What is erased goes before what is new comes.
        sqlx::query(include_str!("sql/user_store_erase.sql"))
            .bind(commit.user.as_str())
            .execute(&mut *connection)
            .await
            .map_err(store_error)?;
    }
    if let Some(listing) = Listing::changed_by(commit) {
        listing::enter(&mut *connection, &commit.user, &listing).await?;
    }
    for (statement, claims) in [
        (include_str!("sql/user_store_release.sql"), &commit.release),
        (include_str!("sql/user_store_take.sql"), &commit.take),
    ] {
        for claim in claims {
            about_claim(statement, claim, commit)
                .execute(&mut *connection)
                .await
                .map_err(store_error)?;
        }
    }
    Ok(CommitOutcome::Committed)
}

fn about_claim<'q>(
    statement: &'static str,
    claim: &'q Claim,
    commit: &'q Commit,
) -> sqlx::query::Query<'q, sqlx::Sqlite, sqlx::sqlite::SqliteArguments> {
    sqlx::query(statement)
        .bind(claim.kind.as_str())
        .bind(&claim.value)
        .bind(commit.user.as_str())
}

/// What users are read by.
pub(crate) const SELECT_USERS: &str = include_str!("sql/user_store_select.sql");

/// A user as [`SELECT_USERS`] gives them, in a list of as many as there are.
#[derive(Deserialize)]
pub(crate) struct StoredUser {
    id: UserId,
    sequence: u64,
    changed_at: i64,
    commit_id: CommitId,
    document: User,
}

impl StoredUser {
    pub(crate) fn read(self) -> Result<(UserId, Versioned<User>), StoreError> {
        let now = Versioned {
            value: self.document,
            sequence: self.sequence,
            changed_at: from_micros(self.changed_at)?,
            last_commit: Some(self.commit_id),
        };
        Ok((self.id, now))
    }
}

fn read_event(row: &SqliteRow) -> Result<RecordedEvent, StoreError> {
    Ok(RecordedEvent {
        sequence: unsigned(row.try_get("sequence").map_err(store_error)?)?,
        at: from_micros(row.try_get("at").map_err(store_error)?)?,
        editor: row.try_get("editor").map_err(store_error)?,
        event: serde_json::from_str(row.try_get("payload").map_err(store_error)?).map_err(rejected)?,
    })
}

pub(crate) fn unsigned(sequence: i64) -> Result<u64, StoreError> {
    u64::try_from(sequence).map_err(rejected)
}
