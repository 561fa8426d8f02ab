use std::{error::Error, fmt, sync::Arc};

/// What a store could not do. `Display` never carries the database's own text; the source does, for the log.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The connection failed or the answer was lost: a write may or may not have happened.
    #[error("storage is unavailable")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
    /// The database refused what it was asked, or holds what cannot be read; nothing was written.
    #[error("storage could not represent the request")]
    Rejected(#[source] Box<dyn Error + Send + Sync>),
    /// The store has more to do than it may queue; nothing was tried.
    #[error("storage is overloaded")]
    Overloaded,
}

impl StoreError {
    /// The same failure, once for each of several callers who asked as one.
    pub fn copies(self) -> impl Fn() -> Self + Send + Sync + 'static {
        type Failure = fn(Box<dyn Error + Send + Sync>) -> StoreError;
        let shared: Option<(Failure, Shared)> = match self {
            Self::Unavailable(source) => Some((Self::Unavailable, Shared(source.into()))),
            Self::Rejected(source) => Some((Self::Rejected, Shared(source.into()))),
            Self::Overloaded => None,
        };
        move || match &shared {
            Some((failure, source)) => failure(Box::new(source.clone())),
            None => Self::Overloaded,
        }
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
        let copy = StoreError::Rejected(Box::new(Outer(inner.clone()))).copies();
        for copy in [copy(), copy()] {
            assert!(matches!(copy, StoreError::Rejected(_)));
            let outer = copy.source().unwrap();
            assert_eq!(outer.to_string(), "outer");
            assert_eq!(outer.source().unwrap().to_string(), inner.to_string());
        }
    }

    #[test]
    fn overload_is_overload_for_everybody() {
        assert!(matches!(
            StoreError::Overloaded.copies()(),
            StoreError::Overloaded
        ));
    }
}
