//! A store that does nothing until it is told to, and says what it was asked.

use std::{num::NonZeroUsize, pin::Pin, sync::Arc};

use async_trait::async_trait;
use ringtrue_core::{
    UserId,
    port::{Commit, CommitOutcome, RecordedEvent, StoreError, UserStore, Versioned},
    user::User,
};
use ringtrue_group_commit::{Batching, GroupCommit, Options};
use ringtrue_memory::MemoryStorage;
use tokio::sync::{Mutex, Semaphore, mpsc};

/// What the store was asked: the ids of users.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    Load(Vec<String>),
    Commit(Vec<String>),
}

impl Asked {
    pub(crate) fn load(ids: &[&str]) -> Self {
        Self::Load(ids.iter().map(|&id| id.to_owned()).collect())
    }

    pub(crate) fn commit(ids: &[&str]) -> Self {
        Self::Commit(ids.iter().map(|&id| id.to_owned()).collect())
    }
}

/// A batch with a user of this id ends like this.
pub(crate) const REJECTED: &str = "rejected";
pub(crate) const UNAVAILABLE: &str = "unavailable";
pub(crate) const OVERLOADED: &str = "overloaded";
pub(crate) const PANICS: &str = "panics";
pub(crate) const MUTE: &str = "mute";

pub(crate) struct Gated {
    inner: MemoryStorage,
    asked: mpsc::UnboundedSender<Asked>,
    heard: Mutex<mpsc::UnboundedReceiver<Asked>>,
    loads: Semaphore,
    commits: Semaphore,
}

impl Gated {
    pub(crate) fn new() -> Arc<Self> {
        let (asked, heard) = mpsc::unbounded_channel();
        Arc::new(Self {
            inner: MemoryStorage::new(),
            asked,
            heard: Mutex::new(heard),
            loads: Semaphore::new(0),
            commits: Semaphore::new(0),
        })
    }

    /// A store whose callers are batched, and the store itself.
    pub(crate) fn batched(batching: Batching) -> (Arc<Self>, Arc<GroupCommit<Self>>) {
        Self::batched_at_once(batching, None)
    }

    /// The same, with so many batches of both kinds on their way at most.
    pub(crate) fn batched_at_once(
        batching: Batching,
        at_once: Option<NonZeroUsize>,
    ) -> (Arc<Self>, Arc<GroupCommit<Self>>) {
        let gated = Self::new();
        let options = Options {
            commits: Some(batching),
            loads: Some(batching),
            at_once,
        };
        let batched = GroupCommit::new(Arc::clone(&gated), options).unwrap();
        (gated, Arc::new(batched))
    }

    /// The next call that reaches the store, which waits at the gate.
    pub(crate) async fn asked(&self) -> Asked {
        self.heard.lock().await.recv().await.unwrap()
    }

    /// Whether no call has reached the store that [`Self::asked`] has not told of.
    pub(crate) async fn is_idle(&self) -> bool {
        self.heard.lock().await.is_empty()
    }

    /// Lets so many calls pass.
    pub(crate) fn let_loads_pass(&self, count: usize) {
        self.loads.add_permits(count);
    }

    pub(crate) fn let_commits_pass(&self, count: usize) {
        self.commits.add_permits(count);
    }

    /// What is stored, without asking at the gate.
    pub(crate) async fn sequence(&self, id: &str) -> u64 {
        let id = UserId::from_stored(id.to_owned());
        self.inner.load(&[id]).await.unwrap()[0].sequence
    }
}

#[async_trait]
impl UserStore for Gated {
    /// Reads first and waits then: the answer is as old as the call.
    async fn load(&self, users: &[UserId]) -> Result<Vec<Versioned<User>>, StoreError> {
        let found = self.inner.load(users).await;
        let ids = users.iter().map(|id| id.as_str().to_owned()).collect();
        self.asked.send(Asked::Load(ids)).unwrap();
        self.loads.acquire().await.unwrap().forget();
        found
    }

    async fn commit(&self, commits: &[Commit]) -> Result<Vec<CommitOutcome>, StoreError> {
        let ids: Vec<String> = commits
            .iter()
            .map(|commit| commit.user.as_str().to_owned())
            .collect();
        let has = |id: &str| ids.iter().any(|one| one == id);
        let (rejected, unavailable) = (has(REJECTED), has(UNAVAILABLE));
        let (overloaded, panics, mute) = (has(OVERLOADED), has(PANICS), has(MUTE));
        self.asked.send(Asked::Commit(ids)).unwrap();
        self.commits.acquire().await.unwrap().forget();
        assert!(!panics, "the store panics, as the test asked");
        if rejected {
            return Err(StoreError::Rejected("cannot be represented".into()));
        }
        if unavailable {
            return Err(StoreError::Unavailable("the connection broke".into()));
        }
        if overloaded {
            return Err(StoreError::Overloaded);
        }
        let mut outcomes = self.inner.commit(commits).await?;
        if mute {
            outcomes.pop();
        }
        Ok(outcomes)
    }

    async fn history(&self, user: &UserId) -> Result<Vec<RecordedEvent>, StoreError> {
        self.inner.history(user).await
    }
}

/// A call that has begun: what it does before it first waits is done.
pub(crate) type Begun<T> = Pin<Box<dyn Future<Output = Result<Vec<T>, StoreError>> + Send>>;

async fn begin<T>(mut call: Begun<T>) -> Begun<T> {
    std::future::poll_fn(|context| {
        assert!(
            call.as_mut().poll(context).is_pending(),
            "a call was answered at once"
        );
        std::task::Poll::Ready(())
    })
    .await;
    call
}

/// Begins a commit, which then waits in a batch or for one.
pub(crate) async fn begin_commit(
    store: &Arc<GroupCommit<Gated>>,
    commits: Vec<Commit>,
) -> Begun<CommitOutcome> {
    let store = Arc::clone(store);
    begin(Box::pin(async move { store.commit(&commits).await })).await
}

/// Begins a load, which then waits in a batch or for one.
pub(crate) async fn begin_load(store: &Arc<GroupCommit<Gated>>, ids: &[&str]) -> Begun<Versioned<User>> {
    let store = Arc::clone(store);
    let ids: Vec<UserId> = ids.iter().map(|&id| UserId::from_stored(id.to_owned())).collect();
    begin(Box::pin(async move { store.load(&ids).await })).await
}
