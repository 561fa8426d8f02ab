//! What an issuer published, fetched when it is needed, by one caller at a time, and not too often.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ringtrue_core::port::Clock;
use time::{Duration, OffsetDateTime};
use tokio::sync::Mutex as FetchMutex;

use crate::fetch::FetchError;

/// How long an issuer is left alone after it was asked. A stranger can make up keys that nobody knows.
pub(crate) const FLOOR: Duration = Duration::seconds(5);
/// How long what was fetched is good while the issuer does not answer: a key that it has withdrawn must not be good for ever.
pub(crate) const STALE_MAX: Duration = Duration::DAY;

/// A document of an issuer.
pub(crate) struct Remembered<T> {
    clock: Arc<dyn Clock>,
    lifetime: Duration,
    state: Mutex<State<T>>,
    /// Held by the one who asks.
    fetching: FetchMutex<()>,
}

struct State<T> {
    value: Option<(Arc<T>, OffsetDateTime)>,
    tried_at: Option<OffsetDateTime>,
    /// Why the last try failed.
    failure: Option<Arc<FetchError>>,
}

impl<T> Remembered<T> {
    pub(crate) fn new(clock: Arc<dyn Clock>, lifetime: std::time::Duration) -> Self {
        Self {
            clock,
            lifetime: Duration::try_from(lifetime).unwrap_or(STALE_MAX),
            state: Mutex::new(State {
                value: None,
                tried_at: None,
                failure: None,
            }),
            fetching: FetchMutex::new(()),
        }
    }

    /// What is known, if it suffices and is not too old; else what is fetched now.
    ///
    /// - Beyond its lifetime one caller fetches it anew, while the others take what there is; so do all, up to [`STALE_MAX`],
    ///   while the issuer does not answer.
    /// - What does not suffice is fetched anew, but not within [`FLOOR`] of the last time: then the answer is what is known,
    ///   or that the issuer does not answer.
    pub(crate) async fn get<F>(
        &self,
        suffices: impl Fn(&T) -> bool + Send + Sync,
        fetch: impl Fn() -> F + Send + Sync,
    ) -> Result<Arc<T>, Arc<FetchError>>
    where
        F: Future<Output = Result<T, FetchError>> + Send,
    {
        if let Some((value, age)) = self.known()
            && suffices(&value)
        {
            if age < self.lifetime || !self.may_ask() {
                return Ok(value);
            }
            let Ok(_turn) = self.fetching.try_lock() else {
                return Ok(value);
            };
            return Ok(self.fetch(&fetch).await.unwrap_or(value));
        }
        let _turn = self.fetching.lock().await;
        // Whoever was before us may have found it.
        let known = self.known().map(|(value, _)| value);
        match known {
            Some(value) if suffices(&value) => return Ok(value),
            _ => {}
        }
        if self.may_ask() {
            return self.fetch(&fetch).await;
        }
        match (self.lock().failure.clone(), known) {
            (Some(failure), _) => Err(failure),
            (None, Some(value)) => Ok(value),
            (None, None) => Err(Arc::new(FetchError::Broken)),
        }
    }

    /// Whether what is known is in the second half of its lifetime, and the issuer may be asked: who fetches it anew now saves
    /// somebody the wait.
    pub(crate) fn is_ageing(&self) -> bool {
        let age = self.known().map(|(_, age)| age);
        age.is_some_and(|age| age >= self.lifetime / 2 && age < self.lifetime) && self.may_ask()
    }

    /// Fetches what is ageing anew, unless somebody is at it. What is known stays in use meanwhile, and when that fails.
    pub(crate) async fn renew<F>(&self, fetch: impl Fn() -> F + Send + Sync)
    where
        F: Future<Output = Result<T, FetchError>> + Send,
    {
        if let Ok(_turn) = self.fetching.try_lock()
            && self.is_ageing()
        {
            let _ = self.fetch(&fetch).await;
        }
    }

    /// What is known and not too old, and its age.
    fn known(&self) -> Option<(Arc<T>, Duration)> {
        let now = self.clock.now();
        let (value, fetched_at) = self.lock().value.clone()?;
        // A clock that was set back says nothing of the age.
        let age = (now - fetched_at).abs();
        (age < STALE_MAX).then_some((value, age))
    }

    fn may_ask(&self) -> bool {
        let now = self.clock.now();
        self.lock()
            .tried_at
            .is_none_or(|last| (now - last).abs() >= FLOOR)
    }

    async fn fetch<F>(&self, fetch: &(impl Fn() -> F + Send + Sync)) -> Result<Arc<T>, Arc<FetchError>>
    where
        F: Future<Output = Result<T, FetchError>> + Send,
    {
        let asked_at = self.clock.now();
        self.lock().tried_at = Some(asked_at);
        let fetched = fetch().await;
        let mut state = self.lock();
        match fetched {
            Ok(value) => {
                let value = Arc::new(value);
                state.value = Some((Arc::clone(&value), asked_at));
                state.failure = None;
                Ok(value)
            }
            Err(error) => {
                let error = Arc::new(error);
                state.failure = Some(Arc::clone(&error));
                Err(error)
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        // Nothing in there panics half-way.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
