//! Stores of users that misbehave.

use std::sync::Arc;

use async_trait::async_trait;
use ringtrue_core::{
    UserId,
    port::{Commit, CommitOutcome, RecordedEvent, Storage, StorageHealth, StoreError, UserStore, Versioned},
    user::User,
};
use ringtrue_memory::MemoryStorage;
use tokio::sync::Semaphore;

/// What the database says when it is down; nobody but the log may read it.
pub(crate) const DATABASE_TEXT: &str = "password authentication failed for user ringtrue";

/// How a store misbehaves.
#[derive(Clone)]
pub(crate) enum Trouble {
    /// It is not reached.
    Down,
    /// It has no room.
    Overloaded,
    /// It refuses what it is asked.
    Rejects,
    /// It has a defect.
    Panics,
    /// It commits when it is let.
    Gated(Arc<Gate>),
}

/// Where commits wait until they are let through.
pub(crate) struct Gate {
    arrived: Semaphore,
    open: Semaphore,
}

impl Gate {
    pub(crate) fn closed() -> Arc<Self> {
        let (arrived, open) = (Semaphore::new(0), Semaphore::new(0));
        Arc::new(Self { arrived, open })
    }

    /// Waits until a commit has come.
    pub(crate) async fn arrival(&self) {
        self.arrived.acquire().await.unwrap().forget();
    }

    /// Lets one commit through.
    pub(crate) fn let_one_through(&self) {
        self.open.add_permits(1);
    }

    async fn pass(&self) {
        self.arrived.add_permits(1);
        self.open.acquire().await.unwrap().forget();
    }
}

struct Troubled {
    trouble: Trouble,
    inner: Arc<dyn UserStore>,
}

impl Troubled {
    async fn meet(&self) -> Result<(), StoreError> {
        match &self.trouble {
            Trouble::Down => Err(StoreError::Unavailable(DATABASE_TEXT.into())),
            Trouble::Overloaded => Err(StoreError::Overloaded),
            Trouble::Rejects => Err(StoreError::Rejected(DATABASE_TEXT.into())),
            Trouble::Panics => panic!("a defect"),
            Trouble::Gated(gate) => {
                gate.pass().await;
                Ok(())
            }
        }
    }
}

#[async_trait]
impl UserStore for Troubled {
    async fn load(&self, users: &[UserId]) -> Result<Vec<Versioned<User>>, StoreError> {
        if !matches!(self.trouble, Trouble::Gated(_)) {
            self.meet().await?;
        }
        self.inner.load(users).await
    }

    async fn commit(&self, commits: &[Commit]) -> Result<Vec<CommitOutcome>, StoreError> {
        self.meet().await?;
        self.inner.commit(commits).await
    }

    async fn history(&self, user: &UserId) -> Result<Vec<RecordedEvent>, StoreError> {
        self.inner.history(user).await
    }
}

#[async_trait]
impl StorageHealth for Troubled {
    async fn check(&self) -> Result<(), StoreError> {
        self.meet().await
    }
}

/// Storage in memory whose users are in trouble.
pub(crate) fn troubled(trouble: Trouble) -> Storage {
    let storage = MemoryStorage::new().storage();
    let users = Arc::new(Troubled {
        trouble,
        inner: storage.users.clone(),
    });
    Storage {
        health: users.clone(),
        users,
        ..storage
    }
}
