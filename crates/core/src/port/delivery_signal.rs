/// Tells the delivery worker of this process that there is something to do.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
pub trait DeliverySignal: Send + Sync + 'static {
    /// A message has been committed to the outbox. Losing the signal delays a message, it never loses one: the worker
    /// also looks by itself.
    fn message_queued(&self);
}
