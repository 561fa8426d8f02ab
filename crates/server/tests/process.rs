//! The real binary on real ports: starting, stopping, dying and coming back.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a helper that fails, fails its test"
)]

#[path = "process/configuration.rs"]
mod configuration;
#[path = "process/delivery.rs"]
mod delivery;
#[path = "process/failures.rs"]
mod failures;
#[path = "process/first_start.rs"]
mod first_start;
#[path = "process/foreign_clients.rs"]
mod foreign_clients;
#[path = "process/idempotency.rs"]
mod idempotency;
#[path = "process/identities.rs"]
mod identities;
#[path = "process/log.rs"]
mod log;
#[path = "process/partitions.rs"]
mod partitions;
#[path = "process/readme.rs"]
mod readme;
#[path = "process/schemathesis.rs"]
mod schemathesis;
#[path = "sdk/mod.rs"]
mod sdk;
#[path = "process/shutdown.rs"]
mod shutdown;
#[path = "process/snippets.rs"]
mod snippets;
mod support;
#[path = "process/tls.rs"]
mod tls;
#[path = "process/tokens.rs"]
mod tokens;
#[path = "process/unique_phones.rs"]
mod unique_phones;
#[path = "process/user.rs"]
mod user;
