//! Asks once for all who ask at the same time, and remembers the answer for a moment.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use ringtrue_core::port::Clock;
use time::{Duration, OffsetDateTime};
use tokio::sync::watch;

use crate::kept::{Answer, Kept};

/// Remembers what is there, and never that something is not: what does not exist may exist the next moment.
pub(crate) struct Cache<K, V, E> {
    clock: Arc<dyn Clock>,
    refresh_after: Duration,
    state: Mutex<State<K, V, E>>,
}

struct State<K, V, E> {
    kept: Kept<K, V>,
    flights: HashMap<K, Flight<V, E>>,
    /// Counts how often everything was forgotten: what was asked for before that is not remembered after it.
    epoch: u64,
}

type Landed<V, E> = Result<Answer<Option<V>>, E>;
/// A question on its way; empty until it is answered, closed if it never will be.
type Flight<V, E> = watch::Receiver<Option<Landed<V, E>>>;

/// What came of a look at what is there.
enum Look<V, E> {
    Known(V),
    /// A question that somebody else has asked.
    Joined(Flight<V, E>),
    Asked(Flight<V, E>),
}

/// Whoever was asked has panicked: there is no answer.
#[derive(Debug, thiserror::Error)]
#[error("looking it up panicked")]
pub(crate) struct Unanswered;

impl<K, V, E> Cache<K, V, E>
where
    K: Hash + Eq + Clone + Send + 'static,
    V: Clone + Send + Sync + 'static,
    E: Clone + Send + Sync + 'static,
{
    /// Believes an answer for `lifetime` from the moment before it was asked for. One that is used in the second half of it
    /// is asked for again in the background, so that nobody waits for what is asked all the time.
    pub(crate) fn new(clock: Arc<dyn Clock>, lifetime: Duration, generation_len_max: usize) -> Arc<Self> {
        let state = State {
            kept: Kept::new(lifetime, generation_len_max),
            flights: HashMap::new(),
            epoch: 0,
        };
        Arc::new(Self {
            clock,
            refresh_after: lifetime / 2,
            state: Mutex::new(state),
        })
    }

    /// What `ask` answers, or answered a moment ago.
    pub(crate) async fn get<F>(
        self: &Arc<Self>,
        key: &K,
        ask: impl Fn() -> F,
    ) -> Result<Result<Option<V>, E>, Unanswered>
    where
        F: Future<Output = Result<Option<V>, E>> + Send + 'static,
    {
        // Whether the question was asked after we came. One that was under way may have been answered before a change
        // that we know of; the one after it cannot.
        let mut ours = false;
        loop {
            let mut flight = match self.look(key, &ask) {
                Look::Known(value) => return Ok(Ok(Some(value))),
                Look::Asked(flight) => {
                    ours = true;
                    flight
                }
                Look::Joined(flight) => flight,
            };
            let landed = flight.wait_for(Option::is_some).await;
            let landed = landed.ok().and_then(|landed| landed.clone());
            match landed.ok_or(Unanswered)? {
                Err(error) => return Ok(Err(error)),
                Ok(answer) if ours => return Ok(Ok(answer.value)),
                Ok(Answer {
                    value: Some(value),
                    asked_at,
                }) if self.is_fresh(asked_at) => return Ok(Ok(Some(value))),
                Ok(_) => ours = true,
            }
        }
    }

    /// Forgets everything, and believes nothing that was asked for before.
    pub(crate) fn clear(&self) {
        let mut state = self.lock();
        state.kept.clear();
        state.flights.clear();
        state.epoch += 1;
    }

    fn look<F>(self: &Arc<Self>, key: &K, ask: &impl Fn() -> F) -> Look<V, E>
    where
        F: Future<Output = Result<Option<V>, E>> + Send + 'static,
    {
        let now = self.clock.now();
        let state = self.lock();
        if let Some(known) = state.kept.find(key, now) {
            let value = known.value.clone();
            let aging = now - known.asked_at >= self.refresh_after;
            if aging && !state.flights.contains_key(key) {
                self.take_off(state, key, ask);
            }
            return Look::Known(value);
        }
        if let Some(flight) = state.flights.get(key) {
            return Look::Joined(flight.clone());
        }
        Look::Asked(self.take_off(state, key, ask))
    }

    /// Asks in a task of its own: a caller who goes away takes the answer from nobody.
    fn take_off<F>(
        self: &Arc<Self>,
        mut state: MutexGuard<'_, State<K, V, E>>,
        key: &K,
        ask: &impl Fn() -> F,
    ) -> Flight<V, E>
    where
        F: Future<Output = Result<Option<V>, E>> + Send + 'static,
    {
        let (sender, flight) = watch::channel(None);
        state.flights.insert(key.clone(), flight.clone());
        let landing = Landing {
            cache: Arc::clone(self),
            key: key.clone(),
            epoch: state.epoch,
        };
        // A runtime that shuts down drops the task within `spawn`, and that takes the lock.
        drop(state);
        let asking = ask();
        tokio::spawn(async move {
            let asked_at = landing.cache.clock.now();
            let landed = asking.await.map(|value| Answer { value, asked_at });
            landing.remember(&landed);
            // Before those who wait for it: whoever of them asks again asks anew.
            drop(landing);
            sender.send_replace(Some(landed));
        });
        flight
    }

    fn is_fresh(&self, asked_at: OffsetDateTime) -> bool {
        let now = self.clock.now();
        self.lock().kept.is_fresh(asked_at, now)
    }
}

impl<K, V, E> Cache<K, V, E> {
    fn lock(&self) -> MutexGuard<'_, State<K, V, E>> {
        // Nothing in there panics half-way.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ends a question, in a panic too.
struct Landing<K: Hash + Eq, V, E> {
    cache: Arc<Cache<K, V, E>>,
    key: K,
    epoch: u64,
}

impl<K: Hash + Eq + Clone, V: Clone, E> Landing<K, V, E> {
    fn remember(&self, landed: &Landed<V, E>) {
        let now = self.cache.clock.now();
        let mut state = self.cache.lock();
        if state.epoch != self.epoch {
            return;
        }
        match landed {
            Ok(Answer {
                value: Some(value),
                asked_at,
            }) => {
                let answer = Answer {
                    value: value.clone(),
                    asked_at: *asked_at,
                };
                state.kept.keep(self.key.clone(), answer, now);
            }
            Ok(_) => state.kept.drop_one(&self.key),
            // What is remembered is as good as it was.
            Err(_) => {}
        }
    }
}

impl<K: Hash + Eq, V, E> Drop for Landing<K, V, E> {
    fn drop(&mut self) {
        let mut state = self.cache.lock();
        if state.epoch == self.epoch {
            state.flights.remove(&self.key);
        }
    }
}
