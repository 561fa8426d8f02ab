//! The part of the table that is about `Idempotency-Key`.

use http::StatusCode;
use ringtrue_core::idempotency::IdempotencyKeyError;
use tonic::Code::{Aborted, FailedPrecondition, InvalidArgument};

use super::failure::Line;

/// What keeps a call under a key from being carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum IdempotencyFailure {
    /// A write without a key, where one is required.
    #[error("no idempotency key")]
    Missing,
    /// A header that is no key.
    #[error("the idempotency key is malformed")]
    Malformed(#[source] IdempotencyKeyError),
    /// More than one header.
    #[error("more than one idempotency key")]
    Twice,
    /// A call of the same key has not been answered yet.
    #[error("a call of the same key is in flight")]
    InFlight,
    /// The key belongs to a call that asked for something else.
    #[error("the key belongs to another call")]
    Reused,
}

impl IdempotencyFailure {
    pub(super) fn line(self) -> Line {
        match self {
            Self::Missing => Line::new(
                InvalidArgument,
                "RINGTRUE-IdempotencyKeyMissing",
                "Idempotency-Key is missing: this server requires one with every write, a UUID for example, the same when the call is repeated",
            ),
            Self::Malformed(error) => Line::new(
                InvalidArgument,
                "RINGTRUE-IdempotencyKeyMalformed",
                format!("Idempotency-Key is malformed: {error}"),
            ),
            Self::Twice => Line::new(
                InvalidArgument,
                "RINGTRUE-IdempotencyKeyTwice",
                "Idempotency-Key is given more than once: give one",
            ),
            Self::InFlight => Line::new(
                Aborted,
                "RINGTRUE-IdempotencyKeyInFlight",
                "The same call is being carried out: nothing was done for this one, ask again for its answer",
            ),
            Self::Reused => Line {
                http: Some(StatusCode::UNPROCESSABLE_ENTITY),
                ..Line::new(
                    FailedPrecondition,
                    "RINGTRUE-IdempotencyKeyReused",
                    "Idempotency-Key belongs to another call: a key is for one call and its repetitions, take a new one for what differs",
                )
            },
        }
    }
}
