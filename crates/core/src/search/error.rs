use crate::port::{DirectoryError, StoreError};

/// Why a search was refused.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// Conditions stand within more than [`NESTING_MAX`](super::NESTING_MAX) others.
    #[error("conditions are nested too deeply")]
    NestedTooDeeply,
    /// There are more than [`CONDITIONS_MAX`](super::CONDITIONS_MAX) conditions.
    #[error("there are too many conditions")]
    TooManyConditions,
    /// More than [`LIMIT_MAX`](super::LIMIT_MAX) users or organisations are asked for.
    #[error("the limit is too large")]
    LimitTooLarge,
    /// The directory did not answer.
    #[error("the directory could not serve the search")]
    Directory(#[from] DirectoryError),
    /// The store of organisations did not answer.
    #[error("the store could not serve the search")]
    Store(#[from] StoreError),
}
