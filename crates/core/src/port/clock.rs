use time::OffsetDateTime;

/// Tells the time.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
pub trait Clock: Send + Sync + 'static {
    /// Now, in UTC and whole microseconds, which is what every store can keep.
    fn now(&self) -> OffsetDateTime;
}
