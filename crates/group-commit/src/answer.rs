//! One answer of the store for several callers.

use std::{
    error::Error,
    fmt,
    future::poll_fn,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    sync::Arc,
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

/// The same failure, once for each of several callers.
pub(crate) fn copies(error: StoreError) -> impl Fn() -> StoreError {
    type Failure = fn(Box<dyn Error + Send + Sync>) -> StoreError;
    let shared: Option<(Failure, Shared)> = match error {
        StoreError::Unavailable(source) => Some((StoreError::Unavailable, Shared(source.into()))),
        StoreError::Rejected(source) => Some((StoreError::Rejected, Shared(source.into()))),
        StoreError::Overloaded => None,
    };
    move || match &shared {
        Some((failure, source)) => failure(Box::new(source.clone())),
        None => StoreError::Overloaded,
    }
}

/// An error that several own. It reads as the one that it holds, and so do its sources.
#[derive(Clone)]
struct Shared(Arc<dyn Error + Send + Sync>);

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Error for Shared {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_copy_of_a_failure_has_the_whole_chain_of_sources() {
        #[derive(Debug)]
        struct Outer(std::num::ParseIntError);
        impl fmt::Display for Outer {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("outer")
            }
        }
        impl Error for Outer {
            fn source(&self) -> Option<&(dyn Error + 'static)> {
                Some(&self.0)
            }
        }
        let inner = "x".parse::<u8>().unwrap_err();
        let copy = copies(StoreError::Rejected(Box::new(Outer(inner.clone()))));
        for copy in [copy(), copy()] {
            assert!(matches!(copy, StoreError::Rejected(_)));
            let outer = copy.source().unwrap();
            assert_eq!(outer.to_string(), "outer");
            assert_eq!(outer.source().unwrap().to_string(), inner.to_string());
        }
    }

    #[test]
    fn overload_is_overload_for_everybody() {
        assert!(matches!(copies(StoreError::Overloaded)(), StoreError::Overloaded));
    }
}
