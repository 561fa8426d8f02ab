//! Calls that take effect once, however often they are made: the `Idempotency-Key`
//! (draft-ietf-httpapi-idempotency-key-header-07).
//!
//! A call is *claimed* before it is carried out, so that a second one of the same key is told to wait. What makes it safe
//! is something else: the answer is written in the very commit that it reports, and a key has one answer. Whatever
//! crashes, stalls or is cut off in between, the key has either committed, and then its answer is there to be given again,
//! or it has not, and then it may be tried again.

mod answer;
mod call;
mod key;

pub use call::{Attempt, Begun, Call, Idempotency, IdempotencyRules};
pub use key::{CallKey, IdempotencyKey, IdempotencyKeyError};
