//! Ringtrue's storage ports on PostgreSQL.
//!
//! A batch of commits is one statement and one round trip, whatever its size. Batches lock in one order, so that
//! replicas do not deadlock. An acknowledged commit is as durable as the server's `synchronous_commit` makes it.

// The tests in here share `tests/support`, which knows this crate by its name.
#[cfg(test)]
extern crate self as ringtrue_postgres;

mod at_hand;
mod batch;
mod connection;
mod contested;
mod directory;
mod erasures;
mod error;
mod event_retention;
mod health;
mod idempotency_store;
mod listing;
mod migrate;
mod organization_store;
mod outbox;
mod partitions;
mod phone_claims;
mod token_store;
mod upkeep;
mod user_store;

pub use connection::{ConnectError, Options, Postgres};
pub use migrate::MigrateError;
pub use partitions::{Over, PartitionChanges};
