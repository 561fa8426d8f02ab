use async_trait::async_trait;

use super::StoreError;
use crate::search::{Page, UserSearch};

/// Why a search was not answered.
#[derive(Debug, thiserror::Error)]
pub enum DirectoryError {
    /// It would have read more than one search may; the same search fails again.
    #[error("the search costs more than it may")]
    TooCostly,
    /// The store could not serve it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Finds users by what they are called, and by their phones.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
#[async_trait]
pub trait Directory: Send + Sync + 'static {
    /// The page that [`Page::select`] would give of all users, as they were at one moment.
    ///
    /// What a commit has acknowledged before the call is seen, from wherever. Whom the search may not read is neither
    /// given nor counted.
    async fn search(&self, search: &UserSearch) -> Result<Page, DirectoryError>;
}
