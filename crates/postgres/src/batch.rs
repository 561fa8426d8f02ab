//! A batch of commits as the arrays that the statement takes: their number is fixed, whatever the batch's size.

use std::collections::HashSet;

use ringtrue_core::{
    port::{Commit, StoreError},
    search::Listing,
    user::{Claim, Event, User},
};
use sqlx::{
    PgConnection, Postgres, Row as _,
    postgres::{PgArguments, PgRow},
    query::Query,
    types::Json,
};
use time::OffsetDateTime;

use crate::error::rejected;

/// One row for each commit.
#[derive(Default)]
struct Users<'a> {
    ids: Vec<&'a str>,
    expected: Vec<i64>,
    sequences: Vec<i64>,
    commits: Vec<&'a [u8]>,
    at: Vec<OffsetDateTime>,
    editors: Vec<&'a str>,
    documents: Vec<Json<&'a User>>,
    supersedes: Vec<bool>,
}

/// One row for each user who is erased.
#[derive(Default)]
struct Erased<'a> {
    users: Vec<&'a str>,
    expected: Vec<i64>,
}

/// One row for each event.
#[derive(Default)]
struct Events<'a> {
    users: Vec<&'a str>,
    sequences: Vec<i64>,
    kinds: Vec<&'a str>,
    payloads: Vec<Json<&'a Event>>,
}

/// One row for each message.
#[derive(Default)]
struct Messages<'a> {
    ids: Vec<&'a [u8]>,
    users: Vec<&'a str>,
    codes: Vec<&'a [u8]>,
    expire_at: Vec<OffsetDateTime>,
    keys: Vec<&'a str>,
    sealed: Vec<&'a [u8]>,
}

/// One row for each name.
#[derive(Default)]
struct Names<'a> {
    users: Vec<&'a str>,
    kinds: Vec<&'a str>,
    values: Vec<&'a str>,
}

impl<'a> Names<'a> {
    fn extend(&mut self, user: &'a str, names: impl IntoIterator<Item = &'a Claim>) {
        for name in names {
            self.users.push(user);
            self.kinds.push(name.kind.as_str());
            self.values.push(&name.value);
        }
    }
}

/// One row for each user who is found by something new.
#[derive(Default)]
struct Listings<'a> {
    users: Vec<&'a str>,
    listings: Vec<Json<Listing>>,
}

/// One row for each answer.
#[derive(Default)]
struct Replies<'a> {
    users: Vec<&'a str>,
    calls: Vec<&'a [u8]>,
    fingerprint_keys: Vec<&'a str>,
    fingerprints: Vec<&'a [u8]>,
    keys: Vec<&'a str>,
    sealed: Vec<&'a [u8]>,
    expire_at: Vec<OffsetDateTime>,
}

/// The statement's parameters.
#[derive(Default)]
pub(crate) struct Batch<'a> {
    users: Users<'a>,
    events: Events<'a>,
    messages: Messages<'a>,
    take: Names<'a>,
    release: Names<'a>,
    listed: Listings<'a>,
    replies: Replies<'a>,
    erased: Erased<'a>,
}

impl<'a> Batch<'a> {
    pub(crate) fn of(commits: impl IntoIterator<Item = &'a Commit>) -> Result<Self, StoreError> {
        let mut batch = Self::default();
        for commit in commits {
            batch.push(commit)?;
        }
        Ok(batch)
    }

    fn push(&mut self, commit: &'a Commit) -> Result<(), StoreError> {
        let (user, users) = (commit.user.as_str(), &mut self.users);
        users.ids.push(user);
        users.expected.push(signed(commit.expected)?);
        users.sequences.push(signed(commit.sequence())?);
        users.commits.push(commit.id.as_bytes());
        users.at.push(commit.at);
        users.editors.push(&commit.editor);
        users.documents.push(Json(&commit.after));
        users.supersedes.push(commit.supersedes || commit.erases);
        if commit.erases {
            self.erased.users.push(user);
            self.erased.expected.push(signed(commit.expected)?);
        }
        for (sequence, event) in (commit.expected + 1..).zip(&commit.events) {
            self.events.users.push(user);
            self.events.sequences.push(signed(sequence)?);
            self.events.kinds.push(event.kind());
            self.events.payloads.push(Json(event));
        }
        if let Some(message) = &commit.message {
            self.messages.ids.push(message.id.as_bytes());
            self.messages.users.push(user);
            self.messages.codes.push(message.code.as_bytes());
            self.messages.expire_at.push(message.expires_at);
            self.messages.keys.push(&message.sealed.key_id);
            self.messages.sealed.push(&message.sealed.bytes);
        }
        if let Some(reply) = &commit.reply {
            self.replies.users.push(user);
            self.replies.calls.push(reply.key.as_bytes());
            self.replies.fingerprint_keys.push(&reply.fingerprint.key_id);
            self.replies.fingerprints.push(&reply.fingerprint.mac);
            self.replies.keys.push(&reply.sealed.key_id);
            self.replies.sealed.push(&reply.sealed.bytes);
            self.replies.expire_at.push(reply.expires_at);
        }
        self.take.extend(user, &commit.take);
        // The statement releases last; a name that is also taken stays.
        let given_up = commit.release.iter().filter(|name| !commit.take.contains(name));
        self.release.extend(user, given_up);
        if let Some(listing) = Listing::changed_by(commit) {
            self.listed.users.push(user);
            self.listed.listings.push(Json(listing));
        }
        Ok(())
    }

    /// Whether it does no more than change users who exist, and record and queue what comes of it. Most do no more: those
    /// that change what a user is found by do.
    fn is_plain(&self) -> bool {
        let users = &self.users;
        self.take.users.is_empty()
            && self.release.users.is_empty()
            && self.listed.users.is_empty()
            && users.expected.iter().all(|expected| *expected > 0)
            && !self.erases()
            && self.replies.users.is_empty()
    }

    /// Whether it erases anybody, which takes a statement more: see [`Self::write`].
    pub(crate) fn erases(&self) -> bool {
        !self.erased.users.is_empty()
    }

    /// Writes the batch, in the transaction that the connection is in, and gives the ids of the users whose commit won.
    pub(crate) async fn write(&self, connection: &mut PgConnection) -> Result<HashSet<String>, sqlx::Error> {
        let won = winners(&self.statement().fetch_all(&mut *connection).await?)?;
        let Erased { users, expected } = &self.erased;
        let erased = users
            .iter()
            .zip(expected)
            .filter(|(user, _)| won.contains(**user));
        let (users, expected): (Vec<&str>, Vec<i64>) = erased.unzip();
        if !users.is_empty() {
            sqlx::query(include_str!("sql/user_store_erase.sql"))
                .bind(users)
                .bind(expected)
                .execute(connection)
                .await?;
        }
        Ok(won)
    }

    /// The statement that writes the batch, but for what is left of those whom it erases; its rows are read by [`winners`].
    pub(crate) fn statement(&self) -> Query<'_, Postgres, PgArguments> {
        let statement = if self.is_plain() {
            include_str!("sql/user_store_commit_plain.sql")
        } else {
            include_str!("sql/user_store_commit.sql")
        };
        let Self {
            users,
            events,
            messages,
            take,
            release,
            listed,
            replies,
            erased: _,
        } = self;
        sqlx::query(statement)
            .bind(&users.ids)
            .bind(&users.expected)
            .bind(&users.sequences)
            .bind(&users.commits)
            .bind(&users.at)
            .bind(&users.editors)
            .bind(&users.documents)
            .bind(&users.supersedes)
            .bind(&events.users)
            .bind(&events.sequences)
            .bind(&events.kinds)
            .bind(&events.payloads)
            .bind(&messages.ids)
            .bind(&messages.users)
            .bind(&messages.codes)
            .bind(&messages.expire_at)
            .bind(&messages.keys)
            .bind(&messages.sealed)
            .bind(&take.users)
            .bind(&take.kinds)
            .bind(&take.values)
            .bind(&release.users)
            .bind(&release.kinds)
            .bind(&release.values)
            .bind(&listed.users)
            .bind(&listed.listings)
            .bind(&replies.users)
            .bind(&replies.calls)
            .bind(&replies.fingerprint_keys)
            .bind(&replies.fingerprints)
            .bind(&replies.keys)
            .bind(&replies.sealed)
            .bind(&replies.expire_at)
    }
}

/// The ids of the users whose commit won.
pub(crate) fn winners(rows: &[PgRow]) -> Result<HashSet<String>, sqlx::Error> {
    rows.iter().map(|row| row.try_get("user_id")).collect()
}

pub(crate) fn signed(sequence: u64) -> Result<i64, StoreError> {
    i64::try_from(sequence).map_err(rejected)
}
