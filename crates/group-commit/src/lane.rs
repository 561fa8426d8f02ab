use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ringtrue_core::port::StoreError;
use tokio::sync::{Notify, oneshot};

use crate::{
    Batching,
    answer::{caught, unavailable},
    joined::Joined,
    queue::{Answers, Call, Queue},
    work::Work,
};

/// Calls of one kind on their way to the store, a batch at a time in each slot.
pub(crate) struct Lane<W: Work> {
    work: W,
    batching: Batching,
    state: Mutex<State<W>>,
    became_idle: Notify,
}

struct State<W: Work> {
    queue: Queue<W>,
    /// How many slots are taken. No call waits while one is free.
    busy: usize,
    closed: bool,
}

impl<W: Work> Lane<W> {
    pub(crate) fn new(work: W, batching: Batching) -> Arc<Self> {
        let state = State {
            queue: Queue::new(),
            busy: 0,
            closed: false,
        };
        Arc::new(Self {
            work,
            batching,
            state: Mutex::new(state),
            became_idle: Notify::new(),
        })
    }

    /// Asks the store, with whoever else is waiting.
    pub(crate) async fn call(self: &Arc<Self>, items: &[W::Item]) -> Answers<W> {
        if items.is_empty() {
            return Ok(Vec::new());
        }
        let (reply, answered) = oneshot::channel();
        let call = Call {
            items: items.to_vec(),
            reply,
        };
        self.admit(call)?;
        answered
            .await
            .unwrap_or_else(|_| Err(unavailable("the batch was abandoned")))
    }

    /// Queues a call, and takes a slot for it if one is free.
    fn admit(self: &Arc<Self>, call: Call<W>) -> Result<(), StoreError> {
        let mut state = self.lock();
        if state.closed {
            return Err(StoreError::Overloaded);
        }
        if state.busy < self.batching.slots {
            state.busy += 1;
            state.queue.push(call);
            drop(state);
            // A task of its own: a caller who goes away, or is not polled for a while, holds nobody up.
            let slot = Slot {
                lane: Arc::clone(self),
                held: true,
            };
            tokio::spawn(slot.work_off());
        } else if state.queue.len() < self.batching.queue_len_max {
            state.queue.push(call);
        } else {
            return Err(StoreError::Overloaded);
        }
        Ok(())
    }

    /// Takes no more calls, and waits for those that were taken.
    pub(crate) async fn close(&self) {
        self.lock().closed = true;
        loop {
            let became_idle = self.became_idle.notified();
            if self.lock().busy == 0 {
                return;
            }
            became_idle.await;
        }
    }

    /// Nothing that may panic runs while this is held.
    fn lock(&self) -> MutexGuard<'_, State<W>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks the store and hands each caller what is theirs.
    async fn carry_out(&self, calls: Vec<Call<W>>) {
        let mut to_try = vec![Joined::of(calls)];
        while let Some(joined) = to_try.pop() {
            let answer = caught(self.work.ask(&joined.items)).await;
            match answer {
                // Nothing was written, and not everybody is to blame: halve the batch until those who are stand alone.
                Err(StoreError::Rejected(_)) if !joined.is_one_call() => {
                    let (first, second) = joined.halves();
                    to_try.extend([second, first]);
                }
                answer => joined.reply(answer),
            }
        }
    }
}

/// A slot that is taken.
struct Slot<W: Work> {
    lane: Arc<Lane<W>>,
    held: bool,
}

impl<W: Work> Slot<W> {
    /// Sends one batch after another, until nobody waits.
    async fn work_off(mut self) {
        while let Some(batch) = self.next_batch() {
            self.lane.carry_out(batch).await;
        }
    }

    /// The next batch; if there is none, the slot is free in the same moment, so that no call slips in between.
    fn next_batch(&mut self) -> Option<Vec<Call<W>>> {
        let mut state = self.lane.lock();
        let batch = state.queue.next_batch(self.lane.batching.batch_len_max);
        if !batch.is_empty() {
            return Some(batch);
        }
        state.busy -= 1;
        self.held = false;
        if state.busy == 0 {
            self.lane.became_idle.notify_waiters();
        }
        None
    }
}

impl<W: Work> Drop for Slot<W> {
    /// A slot that is still held goes down with its runtime. Callers on another one are told.
    fn drop(&mut self) {
        if !self.held {
            return;
        }
        let mut state = self.lane.lock();
        state.busy -= 1;
        if state.busy == 0 {
            let stranded = std::mem::replace(&mut state.queue, Queue::new());
            drop(state);
            stranded.shed();
            self.lane.became_idle.notify_waiters();
        }
    }
}
