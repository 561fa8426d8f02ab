use std::{pin::pin, sync::Arc};

use ringtrue_core::port::DeliverySignal;
use tokio::sync::Notify;

/// Wakes the [`Dispatcher`](crate::Dispatcher) that it was taken from.
///
/// A signal given while the dispatcher is busy is kept until it looks; several are kept as one.
#[derive(Debug, Clone)]
pub struct DispatcherSignal(Arc<Notify>);

impl DispatcherSignal {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Notify::new()))
    }

    pub(crate) async fn given(&self) {
        self.0.notified().await;
    }

    /// Forgets a signal that nobody has waited for: what it was given for is there to be claimed.
    pub(crate) fn take_back(&self) {
        pin!(self.0.notified()).enable();
    }
}

impl DeliverySignal for DispatcherSignal {
    fn message_queued(&self) {
        self.0.notify_one();
    }
}
