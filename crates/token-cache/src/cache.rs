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
    /// The lookups that are under way.
    pending: HashMap<K, Pending<V, E>>,
    /// Counts how often everything was forgotten: what was asked for before that is not remembered after it.
    epoch: u64,
}

type Outcome<V, E> = Result<Answer<Option<V>>, E>;
/// A lookup that is under way: empty until it has an outcome, closed if it never will.
type Pending<V, E> = watch::Receiver<Option<Outcome<V, E>>>;

/// Where a caller's answer comes from.
enum Lookup<V, E> {
    /// It is remembered.
    Known(V),
    /// A lookup that was under way.
    Joined(Pending<V, E>),
    /// A lookup that this caller has started.
    Started(Pending<V, E>),
}

/// The lookup has panicked, or its runtime is gone.
#[derive(Debug, thiserror::Error)]
#[error("the lookup ended without an answer")]
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
            pending: HashMap::new(),
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
        // Whether the lookup began after we came. One that was under way may have been answered before a change that we
        // know of; the one after it cannot.
        let mut ours = false;
        loop {
            let mut pending = match self.look_up(key, &ask) {
                Lookup::Known(value) => return Ok(Ok(Some(value))),
                Lookup::Started(pending) => {
                    ours = true;
                    pending
                }
                Lookup::Joined(pending) => pending,
            };
            let outcome = pending.wait_for(Option::is_some).await;
            let outcome = outcome.ok().and_then(|outcome| outcome.clone());
            match outcome.ok_or(Unanswered)? {
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
        state.pending.clear();
        state.epoch += 1;
    }

    fn look_up<F>(self: &Arc<Self>, key: &K, ask: &impl Fn() -> F) -> Lookup<V, E>
    where
        F: Future<Output = Result<Option<V>, E>> + Send + 'static,
    {
        let now = self.clock.now();
        let state = self.lock();
        if let Some(known) = state.kept.find(key, now) {
            let value = known.value.clone();
            let aging = now - known.asked_at >= self.refresh_after;
            if aging && !state.pending.contains_key(key) {
                self.spawn_lookup(state, key, ask);
            }
            return Lookup::Known(value);
        }
        if let Some(pending) = state.pending.get(key) {
            return Lookup::Joined(pending.clone());
        }
        Lookup::Started(self.spawn_lookup(state, key, ask))
    }

    /// Asks in a task of its own: a caller who goes away takes the answer from nobody.
    fn spawn_lookup<F>(
        self: &Arc<Self>,
        mut state: MutexGuard<'_, State<K, V, E>>,
        key: &K,
        ask: &impl Fn() -> F,
    ) -> Pending<V, E>
    where
        F: Future<Output = Result<Option<V>, E>> + Send + 'static,
    {
        let (sender, pending) = watch::channel(None);
        state.pending.insert(key.clone(), pending.clone());
        let guard = LookupGuard {
            cache: Arc::clone(self),
            key: key.clone(),
            epoch: state.epoch,
        };
        // A runtime that shuts down drops the task within `spawn`, and that takes the lock.
        drop(state);
        let asking = ask();
        tokio::spawn(async move {
            let asked_at = guard.cache.clock.now();
            let outcome = asking.await.map(|value| Answer { value, asked_at });
            guard.remember(&outcome);
            // Before those who wait for it: whoever of them asks again asks anew.
            drop(guard);
            sender.send_replace(Some(outcome));
        });
        pending
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

/// Ends a lookup: also when its task panics, or its runtime drops it.
struct LookupGuard<K: Hash + Eq, V, E> {
    cache: Arc<Cache<K, V, E>>,
    key: K,
    epoch: u64,
}

impl<K: Hash + Eq + Clone, V: Clone, E> LookupGuard<K, V, E> {
    fn remember(&self, outcome: &Outcome<V, E>) {
        let now = self.cache.clock.now();
        let mut state = self.cache.lock();
        if state.epoch != self.epoch {
            return;
        }
        match outcome {
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

impl<K: Hash + Eq, V, E> Drop for LookupGuard<K, V, E> {
    fn drop(&mut self) {
        let mut state = self.cache.lock();
        if state.epoch == self.epoch {
            state.pending.remove(&self.key);
        }
    }
}
