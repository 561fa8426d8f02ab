use async_trait::async_trait;

use super::{InsertOutcome, KeyedReply, StoreError};
use crate::{OrgId, Organization, OrganizationPage, OrganizationSearch};

/// What became of an insertion that answers a call under a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnsweringOutcome {
    /// It is stored now, and so is the answer.
    Inserted,
    /// The id was taken; nothing changed.
    Exists,
    /// The key has an answer; nothing changed.
    Answered,
}

/// Keeps the organisations.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
#[async_trait]
pub trait OrganizationStore: Send + Sync + 'static {
    /// Stores a new organisation, unless its id is taken. Of many that race for one id, exactly one is inserted.
    async fn insert(&self, organization: &Organization) -> Result<InsertOutcome, StoreError>;
    /// Stores a new organisation and the answer to the call that asked for it: both, or neither if the key has an answer,
    /// expired or not, or the id is taken. Where both are so, the key has an answer.
    async fn insert_answering(
        &self,
        organization: &Organization,
        reply: &KeyedReply,
    ) -> Result<AnsweringOutcome, StoreError>;
    /// Finds one by its id.
    async fn find(&self, id: &OrgId) -> Result<Option<Organization>, StoreError>;
    /// Finds those that a search asks for, and counts them as they were at one moment.
    ///
    /// Ids and names are compared byte by byte. An offset behind the last one finds none, and still counts all.
    async fn search(&self, search: &OrganizationSearch) -> Result<OrganizationPage, StoreError>;
    /// All of them, by id.
    async fn list(&self) -> Result<Vec<Organization>, StoreError>;
}
