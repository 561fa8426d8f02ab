//! A store whose answers get lost.

use std::sync::{Mutex, PoisonError};

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
pub struct Faulty<S> {
    inner: S,
    next: Mutex<Vec<Fault>>,
}

impl<S> Faulty<S> {
    /// A store that is not faulty until told to be.
    pub fn new(inner: S) -> Self {
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
impl<S: UserStore> UserStore for Faulty<S> {
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
    use std::sync::Arc;

    use ringtrue_core::{Error, port::Storage, user::Command};
    use ringtrue_memory::MemoryStorage;

    use super::*;
    use crate::{
        builders::user_id,
        use_cases::{UseCases, new_user, operator},
    };

    async fn faulty() -> (Arc<Faulty<MemoryStorage>>, Storage, UseCases) {
        let memory = MemoryStorage::new();
        let users = Arc::new(Faulty::new(memory.clone()));
        let storage = Storage {
            users: users.clone(),
            ..memory.storage()
        };
        let cases = UseCases::over(&storage).await;
        cases.users.create(&operator(), new_user("ada")).await.unwrap();
        (users, storage, cases)
    }

    #[tokio::test]
    async fn a_commit_whose_answer_was_lost_succeeds_if_it_was_written() {
        let (users, storage, cases) = faulty().await;
        users.fail_next(Fault::AfterWriting);
        let outcome = cases
            .users
            .execute(&operator(), &user_id("ada"), &Command::Delete)
            .await
            .unwrap();
        assert_eq!(outcome.details.sequence, 2);
        let now = storage.users.load(&[user_id("ada")]).await.unwrap();
        assert_eq!((now[0].sequence, &now[0].value), (2, &User::Removed));
    }

    #[tokio::test]
    async fn a_commit_whose_answer_was_lost_fails_if_it_was_not_written() {
        let (users, storage, cases) = faulty().await;
        users.fail_next(Fault::BeforeWriting);
        let outcome = cases
            .users
            .execute(&operator(), &user_id("ada"), &Command::Delete)
            .await;
        assert!(matches!(outcome, Err(Error::Store(StoreError::Unavailable(_)))));
        let now = storage.users.load(&[user_id("ada")]).await.unwrap();
        assert!((now[0].sequence, now[0].value.account().is_some()) == (1, true));
        // The next call is not affected.
        cases
            .users
            .execute(&operator(), &user_id("ada"), &Command::Delete)
            .await
            .unwrap();
    }

    #[tokio::test]
    async fn faults_strike_in_the_order_in_which_they_were_set() {
        let (users, storage, cases) = faulty().await;
        users.fail_next(Fault::BeforeWriting);
        users.fail_next(Fault::AfterWriting);
        let delete = Command::Delete;
        assert!(
            cases
                .users
                .execute(&operator(), &user_id("ada"), &delete)
                .await
                .is_err()
        );
        assert!(
            cases
                .users
                .execute(&operator(), &user_id("ada"), &delete)
                .await
                .is_ok()
        );
        assert_eq!(
            storage.users.load(&[user_id("ada")]).await.unwrap()[0].sequence,
            2
        );
    }
}
