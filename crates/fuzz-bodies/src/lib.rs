//! What must hold of any input at all, one function per parser that a stranger's bytes reach.
//!
//! Each function takes any bytes, and panics where a promise is broken. `cargo xtask fuzz` looks for bytes that break
//! one; the tests of this crate run the corpora in `fuzz/corpus`: inputs made by hand, and of those found the ones that
//! broke a promise or reach what no other does.

#![expect(
    clippy::expect_used,
    reason = "a promise that is broken ends the target, which is how a fuzzer learns of it"
)]

mod access_token;
mod front;
mod grpc_web;
mod idempotency_key;
mod json_mapping;
mod phone_number;
mod role_claims;

pub use access_token::access_token;
pub use grpc_web::grpc_web;
pub use idempotency_key::idempotency_key;
pub use json_mapping::json_mapping;
pub use phone_number::phone_number;
pub use role_claims::role_claims;

/// A function that holds any bytes to a promise.
pub type Body = fn(&[u8]);

/// Every target by the name of its program and of its corpus.
pub const TARGETS: [(&str, Body); 6] = [
    ("access_token", access_token),
    ("grpc_web", grpc_web),
    ("idempotency_key", idempotency_key),
    ("json_mapping", json_mapping),
    ("phone_number", phone_number),
    ("role_claims", role_claims),
];
