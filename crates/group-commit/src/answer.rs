//! Asking the store so that a panic of it is an answer too: several callers wait for one.

use std::{
    future::poll_fn,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    task::Poll,
};

use ringtrue_core::port::StoreError;

/// What the store answered, or that it panicked: whether it had written by then is unknown.
pub(crate) async fn caught<T>(asking: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
    let mut asking = pin!(asking);
    poll_fn(|context| {
        // What a panic has left half-done is never looked at again: the future is dropped, not polled.
        let polled = catch_unwind(AssertUnwindSafe(|| asking.as_mut().poll(context)));
        polled.unwrap_or_else(|_| Poll::Ready(Err(unavailable("the store panicked"))))
    })
    .await
}

/// The fate of what was asked is unknown.
pub(crate) fn unavailable(why: &'static str) -> StoreError {
    StoreError::Unavailable(why.into())
}
