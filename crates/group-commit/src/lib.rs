//! Group commit: many callers of a store share one of its calls, and so one round trip and one sync of the disk.
//!
//! There is no timer. A batch leaves as soon as no other is on its way, with whatever has come until then: batches grow
//! under load alone, and a lone caller waits for nobody. Beside a batch that takes long another one leaves once enough calls wait.

mod answer;
mod batching;
mod group_commit;
mod joined;
mod lane;
mod queue;
mod road;
mod work;

pub use batching::{Batching, BatchingError, Options};
pub use group_commit::GroupCommit;
