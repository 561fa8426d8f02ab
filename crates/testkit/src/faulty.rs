//! A store whose answers get lost.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use ringtrue_core::{
    UserId,
    port::{Commit, CommitOutcome, RecordedEvent, StoreError, UserStore, Versioned},
    user::User,
};

/// How a commit fails. The caller sees the same in both cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The connection broke before the store wrote.
    BeforeWriting,
    /// The store wrote, and the connection broke before the answer came.
    AfterWriting,
}

/// Another store, some of whose commits fail as [`StoreError::Unavailable`].
pub struct Faulty<S: ?Sized> {
    inner: Arc<S>,
    next: Mutex<Vec<Fault>>,
}

impl<S: ?Sized> Faulty<S> {
    /// A store that is not faulty until told to be.
    pub fn new(inner: Arc<S>) -> Self {
        Self {
            inner,
            next: Mutex::default(),
        }
    }

    /// Makes the next commit fail; several faults strike in the order in which they were set.
    pub fn fail_next(&self, fault: Fault) {
        self.next
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(0, fault);
    }
}

#[async_trait]
impl<S: UserStore + ?Sized> UserStore for Faulty<S> {
    async fn load(&self, users: &[UserId]) -> Result<Vec<Versioned<User>>, StoreError> {
        self.inner.load(users).await
    }

    async fn commit(&self, commits: &[Commit]) -> Result<Vec<CommitOutcome>, StoreError> {
        let fault = self.next.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let lost = || StoreError::Unavailable("the connection broke, as the test asked".into());
        match fault {
            None => self.inner.commit(commits).await,
            Some(Fault::BeforeWriting) => Err(lost()),
            Some(Fault::AfterWriting) => {
                self.inner.commit(commits).await?;
                Err(lost())
            }
        }
    }

    async fn history(&self, user: &UserId) -> Result<Vec<RecordedEvent>, StoreError> {
        self.inner.history(user).await
    }
}

#[cfg(test)]
mod tests {
    use ringtrue_memory::MemoryStorage;

    use super::*;
    use crate::builders::{creation, user_id};

    #[tokio::test]
    async fn faults_strike_in_the_order_in_which_they_were_set_and_look_alike() {
        let faulty = Faulty::new(Arc::new(MemoryStorage::new()));
        faulty.fail_next(Fault::BeforeWriting);
        faulty.fail_next(Fault::AfterWriting);
        let mut seen = Vec::new();
        for id in ["ada", "bea", "cleo"] {
            let lost = match faulty.commit(&[creation(id)]).await {
                Ok(_) => false,
                Err(StoreError::Unavailable(_)) => true,
                Err(other) => panic!("{other:?}"),
            };
            let written = faulty.load(&[user_id(id)]).await.unwrap()[0].sequence == 1;
            seen.push((lost, written));
        }
        assert_eq!(seen, [(true, false), (true, true), (false, true)]);
    }
}
