//! The one error table: what can go wrong with a call, and how it is put, whatever the protocol.

mod catalogue;
mod detail;
mod failure;
mod idempotency;
mod problem;
mod reference;
mod refused;
mod search;

pub(crate) use catalogue::{Entry, Scope};
pub(crate) use failure::Failure;
pub(crate) use idempotency::IdempotencyFailure;
pub(crate) use problem::Problem;
pub use reference::errors_reference;
pub(crate) use search::SearchRefusal;
