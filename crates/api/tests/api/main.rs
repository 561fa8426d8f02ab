//! The frontends over real sockets, on storage in memory.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

mod errors;
mod limits;
mod logs;
mod methods;
mod openapi;
mod operations;
mod permissions;
mod reference;
mod rules;
mod support;
