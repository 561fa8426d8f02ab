//! The outbox worker: claims messages, hands them to the gateway, settles them.
//!
//! A message is handed off once. A claim is a lease, and a message that is claimed is sent at once, so that the hand-off
//! has ended before the lease runs out. Storage that fails between hand-off and settlement delays the settlement: the
//! [`Dispatcher`] remembers what became of a message and, should it claim it again, settles it without sending it again.
//!
//! If the process dies between claim and hand-off, the lease runs out and another process sends the message. If it dies
//! between hand-off and settlement, the message goes out a second time: no order of writing to two systems closes that
//! window, and of its two errors, a message too many or one too few, a person who waits for a code minds the first less.
//! The same happens when a process lives and cannot reach storage until its lease has run out, while another one can; and when
//! their clocks differ by more than a lease lasts beyond its hand-off, because each judges leases by its own. Within one
//! process nothing goes out twice.

mod backoff;
mod dispatcher;
mod held;
mod options;
mod send;
mod signal;

pub use dispatcher::Dispatcher;
pub use options::{DispatcherOptions, OptionsError};
pub use signal::DispatcherSignal;
