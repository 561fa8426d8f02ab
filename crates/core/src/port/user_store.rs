use async_trait::async_trait;
use time::OffsetDateTime;

use super::{KeyedReply, StoreError};
use crate::{
    CommitId, UserId,
    message::OutboxMessage,
    user::{Claim, Event, User},
};

/// A value, and where it stands in its history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Versioned<T> {
    /// The value.
    pub value: T,
    /// How many events made it: 0 for a user never seen. A commit names it as `expected`.
    pub sequence: u64,
    /// When the last event happened; the Unix epoch for a user never seen.
    pub changed_at: OffsetDateTime,
    /// The commit that wrote it last.
    pub last_commit: Option<CommitId>,
}

impl<T: Default> Versioned<T> {
    /// What is loaded for an id never seen.
    #[must_use]
    pub fn initial() -> Self {
        Self {
            value: T::default(),
            sequence: 0,
            changed_at: OffsetDateTime::UNIX_EPOCH,
            last_commit: None,
        }
    }
}

/// Everything that one decision writes: atomic, and carries all that is needed to write it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// This attempt.
    pub id: CommitId,
    /// Whose.
    pub user: UserId,
    /// The sequence that the decision was made on; the commit conflicts unless it is still the latest.
    pub expected: u64,
    /// What happened, in order; the first gets sequence `expected + 1`. Never empty.
    pub events: Vec<Event>,
    /// When.
    pub at: OffsetDateTime,
    /// Who asked for it, for the audit: `user:ID` or `service:NAME`.
    pub editor: String,
    /// The user after these events.
    pub after: User,
    /// Names that this commit takes; if another user holds one, nothing is written.
    pub take: Vec<Claim>,
    /// Names that this commit gives back.
    pub release: Vec<Claim>,
    /// The message to queue.
    pub message: Option<OutboxMessage>,
    /// The code that was outstanding is dead: messages of this user that are not settled yet are settled as superseded and
    /// their sealed copies erased.
    pub supersedes: bool,
    /// The user is gone: all that is kept of them goes too — earlier events, messages, tokens — except these events and the
    /// sequence, without which a late writer could bring them back.
    pub erases: bool,
    /// The answer to the call that asked for this, if it came under a key; if the key has an answer, nothing is written.
    pub reply: Option<KeyedReply>,
}

impl Commit {
    /// The sequence after this commit.
    #[must_use]
    pub fn sequence(&self) -> u64 {
        self.expected + self.events.len() as u64
    }
}

/// What became of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CommitOutcome {
    /// It is on disk.
    Committed,
    /// Another commit came first; nothing was written.
    Conflict,
    /// Another user holds this name; nothing was written.
    Claimed(Claim),
    /// The key of its reply has an answer already; nothing was written.
    Answered,
}

/// An event as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedEvent {
    /// Its place in the user's history, from 1.
    pub sequence: u64,
    /// When.
    pub at: OffsetDateTime,
    /// Who asked for it.
    pub editor: String,
    /// What happened.
    pub event: Event,
}

/// Keeps users: their present state, their history, and the names they hold.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
#[async_trait]
pub trait UserStore: Send + Sync + 'static {
    /// Loads each user in the order asked for; one never seen is [`Versioned::initial`]. The same id may stand twice.
    ///
    /// What a commit has acknowledged is seen by every later load, from wherever.
    async fn load(&self, users: &[UserId]) -> Result<Vec<Versioned<User>>, StoreError>;
    /// Writes every commit whose `expected` sequence is still the latest.
    ///
    /// Outcomes are in the order of `commits`. Each commit is atomic and by itself: a conflict, a name that another user
    /// holds, or a key that has an answer, leaves its neighbours untouched. At most one commit per user stands in a batch. After an
    /// [`StoreError::Unavailable`] each commit may or may not have been written: load and compare
    /// [`Versioned::last_commit`].
    async fn commit(&self, commits: &[Commit]) -> Result<Vec<CommitOutcome>, StoreError>;
    /// A user's events from the first that is kept, in order.
    async fn history(&self, user: &UserId) -> Result<Vec<RecordedEvent>, StoreError>;
}
