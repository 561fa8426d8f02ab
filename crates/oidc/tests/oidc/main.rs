//! Tokens of an issuer on a real socket.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod introspection;
mod outages;
mod rotation;
mod support;
mod tokens;
