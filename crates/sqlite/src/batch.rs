//! What the commits of a batch write, as the lists that the statement takes.

use ringtrue_core::{
    port::{Commit, StoreError},
    user::{Event, User},
};
use serde::Serialize;
use sqlx::{Sqlite, query::Query, sqlite::SqliteArguments};

use crate::{error::rejected, instant::to_micros};

/// Whose messages are superseded, and when.
#[derive(Serialize)]
struct Superseded<'a> {
    user_id: &'a str,
    at: i64,
}

#[derive(Serialize)]
struct Queued<'a> {
    message_id: String,
    user_id: &'a str,
    code_id: String,
    created_at: i64,
    expires_at: i64,
    key_id: &'a str,
    sealed: String,
}

#[derive(Serialize)]
struct UserNow<'a> {
    user_id: &'a str,
    sequence: i64,
    commit_id: String,
    changed_at: i64,
    document: &'a User,
}

#[derive(Serialize)]
struct Recorded<'a> {
    user_id: &'a str,
    sequence: i64,
    at: i64,
    editor: &'a str,
    kind: &'a str,
    payload: &'a Event,
}

/// The rows of a batch. Bytes are hexadecimal digits, as JSON can carry them.
#[derive(Default)]
pub(crate) struct Batch<'a> {
    superseded: Vec<Superseded<'a>>,
    messages: Vec<Queued<'a>>,
    users: Vec<UserNow<'a>>,
    events: Vec<Recorded<'a>>,
}

impl<'a> Batch<'a> {
    pub(crate) fn push(&mut self, commit: &'a Commit) -> Result<(), StoreError> {
        let (user_id, at) = (commit.user.as_str(), to_micros(commit.at)?);
        if commit.supersedes {
            self.superseded.push(Superseded { user_id, at });
        }
        if let Some(message) = &commit.message {
            self.messages.push(Queued {
                message_id: hex::encode(message.id.as_bytes()),
                user_id,
                code_id: hex::encode(message.code.as_bytes()),
                created_at: at,
                expires_at: to_micros(message.expires_at)?,
                key_id: &message.sealed.key_id,
                sealed: hex::encode(&message.sealed.bytes),
            });
        }
        self.users.push(UserNow {
            user_id,
            sequence: signed(commit.sequence())?,
            commit_id: hex::encode(commit.id.as_bytes()),
            changed_at: at,
            document: &commit.after,
        });
        for (sequence, event) in (commit.expected + 1..).zip(&commit.events) {
            self.events.push(Recorded {
                user_id,
                sequence: signed(sequence)?,
                at,
                editor: &commit.editor,
                kind: event.kind(),
                payload: event,
            });
        }
        Ok(())
    }

    /// The statement that writes it all, in one visit to the thread that runs SQLite.
    pub(crate) fn statement(&self) -> Result<Query<'static, Sqlite, SqliteArguments>, StoreError> {
        Ok(sqlx::query(include_str!("sql/user_store_write.sql"))
            .bind(list(&self.superseded)?)
            .bind(list(&self.messages)?)
            .bind(list(&self.users)?)
            .bind(list(&self.events)?))
    }
}

fn list(rows: &[impl Serialize]) -> Result<String, StoreError> {
    serde_json::to_string(rows).map_err(rejected)
}

pub(crate) fn signed(sequence: u64) -> Result<i64, StoreError> {
    i64::try_from(sequence).map_err(rejected)
}
