//! What the commits of a batch write, as the lists that the statement takes.

use ringtrue_core::{
    CodeId, CommitId, MessageId, UserId,
    port::{Commit, StoreError},
    user::{Event, User},
};
use serde::Serialize;

use crate::{
    error::rejected,
    instant::to_micros,
    visit::{JsonQuery, list},
};

// Rows of the lists. Bytes are hexadecimal digits, as JSON can carry them.

#[derive(Serialize)]
struct UserNow<'a> {
    user_id: &'a UserId,
    sequence: i64,
    commit_id: CommitId,
    changed_at: i64,
    document: &'a User,
}

#[derive(Serialize)]
struct Recorded<'a> {
    user_id: &'a UserId,
    sequence: i64,
    at: i64,
    editor: &'a str,
    r#type: &'a str,
    payload: &'a Event,
}

/// Whose messages are superseded, and when.
#[derive(Serialize)]
struct Superseded<'a> {
    user_id: &'a UserId,
    at: i64,
}

#[derive(Serialize)]
struct Queued<'a> {
    message_id: MessageId,
    user_id: &'a UserId,
    code_id: CodeId,
    created_at: i64,
    expires_at: i64,
    key_id: &'a str,
    #[serde(with = "hex::serde")]
    sealed: &'a [u8],
}

/// The rows of a batch, as the lists that its statements take.
#[derive(Default)]
pub(crate) struct Batch<'a> {
    users: Vec<UserNow<'a>>,
    events: Vec<Recorded<'a>>,
    superseded: Vec<Superseded<'a>>,
    messages: Vec<Queued<'a>>,
}

impl<'a> Batch<'a> {
    pub(crate) fn of(commits: &'a [Commit]) -> Result<Self, StoreError> {
        let mut batch = Self::default();
        commits.iter().try_for_each(|commit| batch.push(commit))?;
        Ok(batch)
    }

    pub(crate) fn push(&mut self, commit: &'a Commit) -> Result<(), StoreError> {
        let (user_id, at) = (&commit.user, to_micros(commit.at)?);
        self.users.push(UserNow {
            user_id,
            sequence: signed(commit.sequence())?,
            commit_id: commit.id,
            changed_at: at,
            document: &commit.after,
        });
        for (sequence, event) in (commit.expected + 1..).zip(&commit.events) {
            self.events.push(Recorded {
                user_id,
                sequence: signed(sequence)?,
                at,
                editor: &commit.editor,
                r#type: event.kind(),
                payload: event,
            });
        }
        if commit.supersedes {
            self.superseded.push(Superseded { user_id, at });
        }
        if let Some(message) = &commit.message {
            self.messages.push(Queued {
                message_id: message.id,
                user_id,
                code_id: message.code,
                created_at: at,
                expires_at: to_micros(message.expires_at)?,
                key_id: &message.sealed.key_id,
                sealed: &message.sealed.bytes,
            });
        }
        Ok(())
    }

    /// Adds what `user_store_write.sql` takes to a query.
    pub(crate) fn bind(&self, query: JsonQuery) -> Result<JsonQuery, StoreError> {
        Ok(query
            .bind(list(&self.users)?)
            .bind(list(&self.events)?)
            .bind(list(&self.superseded)?)
            .bind(list(&self.messages)?))
    }
}

pub(crate) fn signed(sequence: u64) -> Result<i64, StoreError> {
    i64::try_from(sequence).map_err(rejected)
}
