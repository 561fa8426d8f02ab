//! Batches in which a name is wanted that another user holds, or a key is answered that has an answer.

use std::collections::{HashMap, HashSet};

use ringtrue_core::{
    UserId,
    idempotency::CallKey,
    port::{Commit, CommitOutcome},
    user::Claim,
};
use sqlx::{PgConnection, PgPool};

use crate::batch::Batch;

/// Finds out which commits cannot be written, and writes the others: in one transaction, and in as many round trips for a
/// large batch as for a small one.
///
/// What was free when it was looked at may be taken when it is written. Then nothing is written: either the server refuses
/// it once more, or there is None. Whoever tries again does so in another transaction, so that nothing is ever locked
/// before the users, and batches go on locking in one order.
pub(crate) async fn commit(
    pool: &PgPool,
    commits: &[Commit],
) -> Result<Option<Vec<CommitOutcome>>, sqlx::Error> {
    let mut transaction = pool.begin().await?;
    let mut admission = Admission {
        latest: lock(&mut transaction, commits).await?,
        held: held_by_others(&mut transaction, commits).await?,
        answered: answered(&mut transaction, commits).await?,
        ..Admission::default()
    };
    let mut outcomes: Vec<CommitOutcome> = commits.iter().map(|commit| admission.judge(commit)).collect();
    let admitted = commits.iter().zip(&outcomes);
    let admitted = admitted.filter(|(_, outcome)| **outcome == CommitOutcome::Committed);
    let batch =
        Batch::of(admitted.map(|(commit, _)| commit)).map_err(|error| sqlx::Error::Encode(error.into()))?;
    let won = batch.write(&mut transaction).await?;
    for (commit, outcome) in commits.iter().zip(&mut outcomes) {
        if *outcome == CommitOutcome::Committed && !won.contains(commit.user.as_str()) {
            // Created elsewhere in the meantime. A neighbour may have stood back for nothing.
            if admission.stood_back {
                transaction.rollback().await?;
                return Ok(None);
            }
            *outcome = CommitOutcome::Conflict;
        }
    }
    transaction.commit().await?;
    Ok(Some(outcomes))
}

/// What decides who is written.
#[derive(Default)]
struct Admission<'a> {
    /// Where the users who exist stand.
    latest: HashMap<String, i64>,
    /// Who wants a name that another holds.
    held: HashSet<(&'a UserId, &'a Claim)>,
    /// Keys that have an answer.
    answered: HashSet<Vec<u8>>,
    /// What those who were admitted take.
    names: HashSet<&'a Claim>,
    /// What those who were admitted answer.
    keys: HashSet<CallKey>,
    /// Whether one was refused for the sake of a neighbour.
    stood_back: bool,
}

impl<'a> Admission<'a> {
    fn judge(&mut self, commit: &'a Commit) -> CommitOutcome {
        let latest = self.latest.get(commit.user.as_str()).copied().unwrap_or_default();
        if i64::try_from(commit.expected) != Ok(latest) {
            return CommitOutcome::Conflict;
        }
        let key = commit.reply.as_ref().map(|reply| reply.key);
        if key.is_some_and(|key| self.answered.contains(key.as_bytes().as_slice())) {
            return CommitOutcome::Answered;
        }
        let is_held = |name: &&Claim| self.held.contains(&(&commit.user, *name));
        if let Some(name) = commit.take.iter().find(is_held) {
            return CommitOutcome::Claimed(name.clone());
        }
        if key.is_some_and(|key| self.keys.contains(&key)) {
            self.stood_back = true;
            return CommitOutcome::Answered;
        }
        if let Some(name) = commit.take.iter().find(|name| self.names.contains(name)) {
            self.stood_back = true;
            return CommitOutcome::Claimed(name.clone());
        }
        self.keys.extend(key);
        self.names.extend(&commit.take);
        CommitOutcome::Committed
    }
}

/// Locks the users of a batch who exist, and tells where they stand.
async fn lock(
    connection: &mut PgConnection,
    commits: &[Commit],
) -> Result<HashMap<String, i64>, sqlx::Error> {
    let ids: Vec<&str> = commits.iter().map(|commit| commit.user.as_str()).collect();
    let locked = sqlx::query_as(include_str!("sql/user_store_lock.sql"))
        .bind(ids)
        .fetch_all(connection)
        .await?;
    Ok(locked.into_iter().collect())
}

/// The names that commits want and others hold.
async fn held_by_others<'a>(
    connection: &mut PgConnection,
    commits: &'a [Commit],
) -> Result<HashSet<(&'a UserId, &'a Claim)>, sqlx::Error> {
    let wanted = |commit: &'a Commit| commit.take.iter().map(|name| (&commit.user, name));
    let wanted: Vec<(&UserId, &Claim)> = commits.iter().flat_map(wanted).collect();
    let users: Vec<&str> = wanted.iter().map(|(user, _)| user.as_str()).collect();
    let kinds: Vec<&str> = wanted.iter().map(|(_, name)| name.kind.as_str()).collect();
    let values: Vec<&str> = wanted.iter().map(|(_, name)| name.value.as_str()).collect();
    let held: Vec<bool> = sqlx::query_scalar(include_str!("sql/user_store_holders.sql"))
        .bind(users)
        .bind(kinds)
        .bind(values)
        .fetch_all(connection)
        .await?;
    let held = wanted.into_iter().zip(held).filter(|(_, held)| *held);
    Ok(held.map(|(wanted, _)| wanted).collect())
}

/// The keys that commits answer and that have an answer.
async fn answered(
    connection: &mut PgConnection,
    commits: &[Commit],
) -> Result<HashSet<Vec<u8>>, sqlx::Error> {
    let replies = commits.iter().filter_map(|commit| commit.reply.as_ref());
    let keys: Vec<&[u8]> = replies.map(|reply| reply.key.as_bytes().as_slice()).collect();
    let answered = sqlx::query_scalar(include_str!("sql/user_store_answered.sql"))
        .bind(keys)
        .fetch_all(connection)
        .await?;
    Ok(answered.into_iter().collect())
}
