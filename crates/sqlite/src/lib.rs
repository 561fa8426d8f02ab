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
mod token_store;
mod user_store;

pub use connection::{Location, OpenError, Options, Sqlite};
pub use directory::SqliteDirectory;
pub use event_retention::SqliteEventRetention;
pub use health::SqliteHealth;
pub use idempotency_store::SqliteIdempotencyStore;
pub use migrate::MigrateError;
pub use organization_store::SqliteOrganizationStore;
pub use outbox::SqliteOutbox;
pub use phone_claims::SqlitePhoneClaims;
pub use token_store::SqliteTokenStore;
pub use user_store::SqliteUserStore;
