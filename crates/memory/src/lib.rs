//! Every port of Ringtrue in memory: storage that forgets at the end of the process, an inbox in place of phones, and
//! clocks and sources that do as they are told.
//!
//! They serve `storage.url = "memory:"` and `sms.delivery = "capture"`, and tests of whatever stands on a port.

mod directory;
mod event_retention;
mod fixed;
mod idempotency;
mod inbox;
mod manual_clock;
mod organizations;
mod outbox;
mod phone_claims;
mod queue;
mod storage;
mod tokens;
mod users;

pub use fixed::{FixedCodeSource, SequentialIdSource, SilentSignal};
pub use inbox::{CapturedMessage, Inbox};
pub use manual_clock::ManualClock;
pub use storage::MemoryStorage;
