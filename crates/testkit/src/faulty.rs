//! A store whose answers get lost.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use ringtrue_core::{
    LeaseId, OrgId, Organization, OrganizationPage, OrganizationSearch, UserId,
    idempotency::CallKey,
    port::{
        AnsweringOutcome, Commit, CommitOutcome, IdempotencyStore, InsertOutcome, KeyClaim, KeyState,
        KeyedReply, OrganizationStore, RecordedEvent, StoreError, UserStore, Versioned,
    },
    user::User,
};
use time::OffsetDateTime;

/// How a write fails. The caller sees the same in both cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The connection broke before the store wrote.
    BeforeWriting,
    /// The store wrote, and the connection broke before the answer came.
    AfterWriting,
}

/// Another store, some of whose writes fail as [`StoreError::Unavailable`].
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

    /// Makes the next write fail: a commit, an organisation, or of calls under a key a claim or an answer. Several faults strike
    /// in the order in which they were set.
    pub fn fail_next(&self, fault: Fault) {
        self.next
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(0, fault);
    }
}

impl<S: ?Sized> Faulty<S> {
    /// Writes, or fails as it was told to.
    async fn struck<T>(
        &self,
        write: impl Future<Output = Result<T, StoreError>> + Send,
    ) -> Result<T, StoreError> {
        let fault = self.next.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let lost = || StoreError::Unavailable("the connection broke, as the test asked".into());
        match fault {
            None => write.await,
            Some(Fault::BeforeWriting) => Err(lost()),
            Some(Fault::AfterWriting) => {
                write.await?;
                Err(lost())
            }
        }
    }
}

#[async_trait]
impl<S: UserStore + ?Sized> UserStore for Faulty<S> {
    async fn load(&self, users: &[UserId]) -> Result<Vec<Versioned<User>>, StoreError> {
        self.inner.load(users).await
    }

    async fn commit(&self, commits: &[Commit]) -> Result<Vec<CommitOutcome>, StoreError> {
        self.struck(self.inner.commit(commits)).await
    }

    async fn history(&self, user: &UserId) -> Result<Vec<RecordedEvent>, StoreError> {
        self.inner.history(user).await
    }
}

#[async_trait]
impl<S: IdempotencyStore + ?Sized> IdempotencyStore for Faulty<S> {
    async fn claim(&self, claim: &KeyClaim, now: OffsetDateTime) -> Result<KeyState, StoreError> {
        self.struck(self.inner.claim(claim, now)).await
    }

    async fn keep(&self, reply: &KeyedReply) -> Result<InsertOutcome, StoreError> {
        self.struck(self.inner.keep(reply)).await
    }

    async fn release(&self, key: &CallKey, lease: LeaseId) -> Result<(), StoreError> {
        self.inner.release(key, lease).await
    }
}

#[async_trait]
impl<S: OrganizationStore + ?Sized> OrganizationStore for Faulty<S> {
    async fn insert(&self, organization: &Organization) -> Result<InsertOutcome, StoreError> {
        self.struck(self.inner.insert(organization)).await
    }

    async fn insert_answering(
        &self,
        organization: &Organization,
        reply: &KeyedReply,
    ) -> Result<AnsweringOutcome, StoreError> {
        self.struck(self.inner.insert_answering(organization, reply))
            .await
    }

    async fn find(&self, id: &OrgId) -> Result<Option<Organization>, StoreError> {
        self.inner.find(id).await
    }

    async fn search(&self, search: &OrganizationSearch) -> Result<OrganizationPage, StoreError> {
        self.inner.search(search).await
    }

    async fn list(&self) -> Result<Vec<Organization>, StoreError> {
        self.inner.list().await
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
