//! The frontends over real sockets, on storage in memory.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

mod compression;
mod document_limits;
mod emails;
mod errors;
mod fields;
mod headers;
mod idempotency;
mod limits;
mod logs;
mod methods;
mod new_users;
mod openapi;
mod operations;
mod organizations;
mod permissions;
mod reference;
mod rules;
mod search;
mod search_refusals;
mod standing;
mod support;
mod tls;
mod updates;
mod workers;
