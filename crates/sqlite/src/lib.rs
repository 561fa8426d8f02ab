//! Ringtrue's storage ports on SQLite, the embedded default.
//!
//! One connection writes, in transactions that begin with the write lock, so that two never deadlock and a batch costs
//! one sync of the disk; others read beside it (write-ahead log), and one carries the log into the file. An acknowledged commit is on disk.

mod batch;
mod checkpoints;
mod connection;
mod directory;
mod error;
mod event_retention;
mod health;
mod idempotency_store;
mod instant;
mod listing;
mod migrate;
mod organization_store;
mod outbox;
mod phone_claims;
#[cfg(test)]
mod plans;
mod token_store;
mod transactions;
mod user_store;
mod visit;

pub use connection::{Location, OpenError, Options, Sqlite};
pub use migrate::MigrateError;
