//! What group commit promises beside the contract of the store that it wraps.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod commits;
mod failures;
mod gated;
mod limits;
mod loads;
