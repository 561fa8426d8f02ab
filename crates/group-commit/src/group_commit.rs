use std::sync::Arc;

use async_trait::async_trait;
use ringtrue_core::{
    UserId,
    port::{Commit, CommitOutcome, RecordedEvent, StoreError, UserStore, Versioned},
    user::User,
};

use crate::{
    BatchingError, Options,
    lane::Lane,
    road::Road,
    work::{Commits, Loads},
};

/// Another store, whose callers share its calls.
///
/// - A batch leaves when no other is on its way, or when [`Batching::slots`](crate::Batching::slots) lets it leave beside
///   others, with at most one commit for a user; a second one waits for a later batch.
/// - First come, first served. A commit that finds `before` others ahead of it, `same` of them for its user, waits for
///   `before / batch_len_max + same` batches at most before its own leaves. Where [`Options::at_once`] is 1, a batch of loads
///   may leave before each of these, and before its own.
/// - A load never joins a batch that has left, so that it sees whatever was acknowledged before it began. Ids that several
///   ask for in a batch are asked for once.
/// - A caller who goes away changes nothing: the commit is in the batch, and is written.
/// - What the store rejects, it rejects for those to blame: their neighbours are committed without them. What fails with
///   an unknown fate fails so for every member of the batch, and a store that panics counts as that.
/// - When the queue is full a call is shed at once, as [`StoreError::Overloaded`]; so are calls after [`Self::close`].
///
/// It is called on a tokio runtime, which carries the batches.
pub struct GroupCommit<S: UserStore + ?Sized> {
    inner: Arc<S>,
    commits: Option<Arc<Lane<Commits<S>>>>,
    loads: Option<Arc<Lane<Loads<S>>>>,
}

impl<S: UserStore + ?Sized> GroupCommit<S> {
    /// Batches the callers of that store.
    pub fn new(inner: Arc<S>, options: Options) -> Result<Self, BatchingError> {
        options.check()?;
        let road = Road::new(options.at_once);
        let commits = |batching| Lane::new(Commits(Arc::clone(&inner)), batching, Arc::clone(&road));
        let loads = |batching| Lane::new(Loads(Arc::clone(&inner)), batching, Arc::clone(&road));
        Ok(Self {
            commits: options.commits.map(commits),
            loads: options.loads.map(loads),
            inner,
        })
    }

    /// Sheds every later call of the kinds that are batched, and waits until those that were taken are answered.
    pub async fn close(&self) {
        // Loads first: whoever waits for one may be about to commit.
        if let Some(loads) = &self.loads {
            loads.close().await;
        }
        if let Some(commits) = &self.commits {
            commits.close().await;
        }
    }
}

#[async_trait]
impl<S: UserStore + ?Sized> UserStore for GroupCommit<S> {
    async fn load(&self, users: &[UserId]) -> Result<Vec<Versioned<User>>, StoreError> {
        match &self.loads {
            Some(lane) => lane.call(users).await,
            None => self.inner.load(users).await,
        }
    }

    async fn commit(&self, commits: &[Commit]) -> Result<Vec<CommitOutcome>, StoreError> {
        match &self.commits {
            Some(lane) => lane.call(commits).await,
            None => self.inner.commit(commits).await,
        }
    }

    async fn history(&self, user: &UserId) -> Result<Vec<RecordedEvent>, StoreError> {
        self.inner.history(user).await
    }
}
