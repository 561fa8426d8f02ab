/// What a store could not do. `Display` never carries the database's own text; the source does, for the log.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The connection failed or the answer was lost: a write may or may not have happened.
    #[error("storage is unavailable")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The database refused what it was asked, or holds what cannot be read; nothing was written.
    #[error("storage could not represent the request")]
    Rejected(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The store has more to do than it may queue; nothing was tried.
    #[error("storage is overloaded")]
    Overloaded,
}
