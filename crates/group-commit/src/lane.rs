use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ringtrue_core::port::StoreError;
use tokio::sync::{Notify, oneshot};

use crate::{
    Batching,
    answer::{caught, unavailable},
    joined::Joined,
    queue::{Answers, Call, Queue},
    road::{Road, turns},
    work::Work,
};

/// Calls of one kind on their way to the store, a batch at a time in each slot.
pub(crate) struct Lane<W: Work> {
    /// Shared with the other kind.
    road: Arc<Road>,
    work: W,
    batching: Batching,
    state: Mutex<State<W>>,
    became_idle: Notify,
}

/// How many times as many calls as are on their way must wait for another batch to leave beside them.
const COMPANY: usize = 2;

/// How many turns of the runtime a slot lets pass before it takes its first batch: in the first those run who are about to call,
/// in the second those whose requests have come in meanwhile. When nobody is, both are over at once.
const TURNS: usize = 2;

struct State<W: Work> {
    queue: Queue<W>,
    /// How many slots are taken. No call waits while none is.
    busy: usize,
    /// Whether one of them is about to take its first batch. Whoever comes until then is in it.
    boarding: bool,
    /// How many calls are on their way.
    carried: usize,
    closed: bool,
}

impl<W: Work> State<W> {
    /// Whether those who wait are enough for a batch beside those on their way: twice as many, or a full one.
    fn may_leave(&self, batch_len_max: usize) -> bool {
        self.queue.len() >= batch_len_max.min(COMPANY * self.carried)
    }

    /// Frees a slot of what it held.
    fn free(&mut self, held: Option<Hold>) {
        match held {
            None => return,
            Some(Hold::Boarding) => self.boarding = false,
            Some(Hold::Batch(len)) => self.carried -= len,
        }
        self.busy -= 1;
    }
}

impl<W: Work> Lane<W> {
    pub(crate) fn new(work: W, batching: Batching, road: Arc<Road>) -> Arc<Self> {
        let state = State {
            queue: Queue::new(),
            busy: 0,
            boarding: false,
            carried: 0,
            closed: false,
        };
        Arc::new(Self {
            road,
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

    /// Queues a call, and takes a slot if those who wait may leave in one.
    fn admit(self: &Arc<Self>, call: Call<W>) -> Result<(), StoreError> {
        let mut state = self.lock();
        if state.closed {
            return Err(StoreError::Overloaded);
        }
        if state.busy > 0 && state.queue.len() >= self.batching.queue_len_max {
            return Err(StoreError::Overloaded);
        }
        state.queue.push(call);
        let may_leave = state.busy < self.batching.slots && state.may_leave(self.batching.batch_len_max);
        if may_leave && !state.boarding {
            state.busy += 1;
            state.boarding = true;
            drop(state);
            // A task of its own: a caller who goes away, or is not polled for a while, holds nobody up.
            let slot = Slot {
                lane: Arc::clone(self),
                holds: Some(Hold::Boarding),
            };
            tokio::spawn(slot.work_off());
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

/// A slot that is taken, until it holds nothing any more.
struct Slot<W: Work> {
    lane: Arc<Lane<W>>,
    holds: Option<Hold>,
}

/// What a slot is busy with.
#[derive(Clone, Copy)]
enum Hold {
    /// It is about to take its first batch.
    Boarding,
    /// So many calls are on their way in it; or were, and it waits for a place to take those who have come since.
    Batch(usize),
}

impl<W: Work> Slot<W> {
    /// Sends one batch after another, as long as enough calls wait.
    async fn work_off(mut self) {
        turns(TURNS).await;
        let road = Arc::clone(&self.lane.road);
        loop {
            let _place = road.place().await;
            let Some(batch) = self.next_batch() else {
                return;
            };
            self.lane.carry_out(batch).await;
        }
    }

    /// The next batch; if there is none, or others are on their way who will take those few that wait, the slot is free in the
    /// same moment, so that no call slips in between.
    fn next_batch(&mut self) -> Option<Vec<Call<W>>> {
        let mut state = self.lane.lock();
        state.free(self.holds.take());
        let len_max = self.lane.batching.batch_len_max;
        let batch = if state.busy == 0 || state.may_leave(len_max) {
            state.queue.next_batch(len_max)
        } else {
            Vec::new()
        };
        if batch.is_empty() {
            if state.busy == 0 {
                self.lane.became_idle.notify_waiters();
            }
            return None;
        }
        state.busy += 1;
        state.carried += batch.len();
        self.holds = Some(Hold::Batch(batch.len()));
        Some(batch)
    }
}

impl<W: Work> Drop for Slot<W> {
    /// A slot that still holds something goes down with its runtime. Callers on another one are told.
    fn drop(&mut self) {
        if self.holds.is_none() {
            return;
        }
        let mut state = self.lane.lock();
        state.free(self.holds.take());
        if state.busy == 0 {
            let stranded = std::mem::replace(&mut state.queue, Queue::new());
            drop(state);
            stranded.shed();
            self.lane.became_idle.notify_waiters();
        }
    }
}
