//! The way to the store, which batches of both kinds share.

use std::{num::NonZeroUsize, sync::Arc};

use tokio::{
    sync::{Semaphore, SemaphorePermit},
    task::yield_now,
};

/// How many turns of the runtime a batch lets pass that had to wait for its place. Those who were in the batch before it have
/// their answers then, and those who follow these with another call are in this one. When nobody is, all turns are over at once.
const TURNS: usize = 4;

/// Room for so many batches on their way.
pub(crate) struct Road(Semaphore);

impl Road {
    /// A road for so many batches at once, of either kind; for as many as there are if nothing is said.
    pub(crate) fn new(at_once: Option<NonZeroUsize>) -> Arc<Self> {
        let places = at_once.map_or(Semaphore::MAX_PERMITS, NonZeroUsize::get);
        Arc::new(Self(Semaphore::new(places.min(Semaphore::MAX_PERMITS))))
    }

    /// A place for a batch, held until it is dropped. First come, first served.
    pub(crate) async fn place(&self) -> Option<SemaphorePermit<'_>> {
        if let Ok(place) = self.0.try_acquire() {
            return Some(place);
        }
        // It fails only once the road is closed, and nobody closes it.
        let place = self.0.acquire().await.ok();
        turns(TURNS).await;
        place
    }
}

/// Lets so many turns of the runtime pass.
pub(crate) async fn turns(count: usize) {
    for _turn in 0..count {
        yield_now().await;
    }
}
