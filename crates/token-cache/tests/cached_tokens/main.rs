//! What the cache promises beyond what every token store does.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod callers;
mod failures;
mod gated;
mod identities;
mod lifetime;
