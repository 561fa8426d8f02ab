use std::{future::ready, pin::pin, sync::Arc};

use ringtrue_core::{
    keys::KeyRing,
    port::{
        ClaimedMessage, Clock, FailureReason, Outbox, SettleOutcome, Settlement, SettlementOutcome,
        SmsGateway, StoreError,
    },
};
use time::{Duration, OffsetDateTime};
use tokio::{
    task::{self, JoinError, JoinSet},
    time::{Interval, MissedTickBehavior, interval, timeout},
};
use tracing::{debug, error, info, warn};

use crate::{
    DispatcherOptions, DispatcherSignal, OptionsError,
    backoff::{Backoff, chain},
    held::HeldMessages,
    send::Sending,
};

/// Takes messages from the outbox after their commit and hands them to the gateway, each once.
///
/// Any number of dispatchers may share an outbox.
pub struct Dispatcher {
    outbox: Arc<dyn Outbox>,
    sending: Sending,
    signal: DispatcherSignal,
    options: DispatcherOptions,
    lease: Duration,
    /// How late after its claim a hand-off may begin and still end before the lease does.
    slack: Duration,
    /// How long settled messages are kept.
    retention: Option<Duration>,
    on_their_way: JoinSet<Option<SettlementOutcome>>,
    held: HeldMessages,
    storage: Backoff,
    /// The outbox may hold more to claim.
    more: bool,
    /// It is time to look for what has expired.
    sweep_due: bool,
}

/// How many expired messages are ended with one look, and how many settled ones forgotten: few enough that nobody notices. Where
/// there are as many, another look follows.
const SWEPT_AT_ONCE: usize = 1_000;

/// Ticks with this much between two at least, the first at once.
fn at_least(period: std::time::Duration) -> Interval {
    let mut interval = interval(period);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    interval
}

type Ended = Result<(task::Id, Option<SettlementOutcome>), JoinError>;

impl Dispatcher {
    /// Puts a dispatcher between an outbox and a gateway; it starts with [`run`](Self::run).
    pub fn new(
        outbox: Arc<dyn Outbox>,
        gateway: Arc<dyn SmsGateway>,
        clock: Arc<dyn Clock>,
        keys: Arc<KeyRing>,
        options: DispatcherOptions,
    ) -> Result<Self, OptionsError> {
        options.check()?;
        let span = |duration: std::time::Duration| {
            Duration::try_from(duration).map_err(|_| OptionsError::LeaseTooLong)
        };
        Ok(Self {
            outbox,
            sending: Sending {
                gateway,
                clock,
                keys,
                send_timeout: options.send_timeout,
            },
            signal: DispatcherSignal::new(),
            lease: span(options.lease)?,
            // A time that cannot be reckoned with is for ever.
            retention: options.retention.and_then(|retention| retention.try_into().ok()),
            slack: span(options.lease.saturating_sub(options.send_timeout))?,
            options,
            on_their_way: JoinSet::new(),
            held: HeldMessages::default(),
            storage: Backoff::default(),
            more: false,
            sweep_due: false,
        })
    }

    /// Wakes this dispatcher; for whoever commits messages.
    #[must_use]
    pub fn signal(&self) -> DispatcherSignal {
        self.signal.clone()
    }

    /// Works until `shutdown` ends, then claims nothing more, lets what is on its way arrive, and settles it.
    ///
    /// Storage that fails is tried again, in growing intervals, for ever.
    pub async fn run(mut self, shutdown: impl Future<Output = ()> + Send) {
        let mut shutdown = pin!(shutdown);
        let mut poll = at_least(self.options.poll_interval);
        let mut visits = at_least(self.options.claim_interval);
        loop {
            tokio::select! {
                // In order, so that shutting down comes before everything and nothing that is frequent starves the rest.
                biased;
                () = &mut shutdown => break,
                _ = poll.tick() => (self.more, self.sweep_due) = (true, true),
                // Whoever is going to look need not be told.
                () = self.signal.given(), if !self.more => self.more = true,
                () = self.storage.over(), if self.storage.waits() => {}
                Some(ended) = self.on_their_way.join_next_with_id() => self.note(ended),
                _ = visits.tick(), if self.has_business() => self.settle_and_claim().await,
                () = ready(()), if self.may_sweep() => {}
            }
            while let Some(ended) = self.on_their_way.try_join_next_with_id() {
                self.note(ended);
            }
            if self.may_sweep() {
                // What is told first is not taken for expired.
                self.settle().await;
                self.sweep().await;
            }
        }
        self.drain().await;
    }

    /// Whether storage has anything to be told or asked.
    fn has_business(&self) -> bool {
        !self.storage.waits() && (self.room() > 0 || self.held.has_ended())
    }

    /// How many messages to claim now: what can be sent at once, and no more, so that a claimed message never waits for its
    /// turn while its lease runs.
    fn room(&self) -> usize {
        if !self.more || self.storage.waits() {
            return 0;
        }
        // What has ended is settled before, or in the same call.
        let free = self.options.concurrency.saturating_sub(self.held.on_their_way());
        free.min(self.options.batch_len_max)
    }

    fn note(&mut self, ended: Ended) {
        match ended {
            Ok((task, outcome)) => self.held.end(task, outcome),
            Err(failure) => {
                error!("the SMS gateway panicked; nobody can tell whether the message was sent");
                let unknown = SettlementOutcome::Failed(FailureReason::Unknown);
                self.held.end(failure.id(), Some(unknown));
            }
        }
    }

    /// Tells storage what became of messages; what it does not take now is kept for the next time.
    async fn settle(&mut self) {
        let settlements = self.held.settlements();
        if self.storage.waits() || settlements.is_empty() {
            return;
        }
        match self.outbox.settle(&settlements, self.now()).await {
            Err(StoreError::Rejected(_)) => self.settle_each(settlements).await,
            result => {
                if let Some(outcomes) = self.storage.note(result) {
                    self.settled(&settlements, &outcomes);
                }
            }
        }
    }

    /// One that storage cannot represent must not keep the others from being settled.
    async fn settle_each(&mut self, settlements: Vec<Settlement>) {
        for settlement in settlements {
            if !self.storage.waits() {
                self.settle_alone(settlement).await;
            }
        }
    }

    async fn settle_alone(&mut self, settlement: Settlement) {
        let result = self
            .outbox
            .settle(std::slice::from_ref(&settlement), self.now())
            .await;
        if let Err(cause @ StoreError::Rejected(_)) = &result {
            error!(message.id = %settlement.message, error = chain(cause), "could not settle a message");
            self.held.set_aside(settlement);
        } else if let Some(outcomes) = self.storage.note(result) {
            self.settled(&[settlement], &outcomes);
        }
    }

    fn settled(&mut self, settlements: &[Settlement], outcomes: &[SettleOutcome]) {
        for settlement in settlements {
            self.held.let_go(settlement.message);
        }
        for (settlement, _) in settlements
            .iter()
            .zip(outcomes)
            .filter(|(_, outcome)| **outcome == SettleOutcome::LeaseLost)
        {
            debug!(message.id = %settlement.message, "the message was superseded, expired or claimed by another meanwhile");
        }
    }

    fn may_sweep(&self) -> bool {
        self.sweep_due && !self.storage.waits()
    }

    /// Ends what has expired and forgets what was settled long ago, from once per poll interval until there is no more of it.
    /// Nothing expired is ever claimed, so this is housekeeping: a failure leaves it to the next interval, and claiming goes on.
    async fn sweep(&mut self) {
        if !self.may_sweep() {
            return;
        }
        self.sweep_due = false;
        let now = self.now();
        self.held.forget_expired(now);
        let result = self.outbox.expire(SWEPT_AT_ONCE, now).await;
        let Some(expired) = self.storage.note(result) else {
            return;
        };
        if expired > 0 {
            info!(count = expired, "messages expired before they were sent");
        }
        let forgotten = self.forget(now).await;
        self.sweep_due = expired.max(forgotten) >= SWEPT_AT_ONCE as u64;
    }

    /// Has the outbox forget some of what was settled long ago; tells how many.
    async fn forget(&mut self, now: OffsetDateTime) -> u64 {
        let Some(before) = self.retention.and_then(|retention| now.checked_sub(retention)) else {
            return 0;
        };
        let result = self.outbox.forget(SWEPT_AT_ONCE, before).await;
        self.storage.note(result).unwrap_or_default()
    }

    /// Tells storage what became of messages and claims more of them: in one call, if there is both to do.
    async fn settle_and_claim(&mut self) {
        let limit = self.room();
        if limit == 0 {
            return self.settle().await;
        }
        let settlements = self.held.settlements();
        self.signal.take_back();
        // Read before the claim is made: an answer that is long in coming shortens the time to send, never the lease.
        let now = self.now();
        let result = if settlements.is_empty() {
            let claimed = self.outbox.claim(limit, self.lease, now).await;
            claimed.map(|claimed| (Vec::new(), claimed))
        } else {
            self.outbox
                .settle_and_claim(&settlements, limit, self.lease, now)
                .await
        };
        if matches!(result, Err(StoreError::Rejected(_))) && !settlements.is_empty() {
            return self.settle_each(settlements).await;
        }
        if let Some((outcomes, claimed)) = self.storage.note(result) {
            self.settled(&settlements, &outcomes);
            self.more = claimed.len() >= limit;
            for message in claimed {
                self.send(message, now + self.slack);
            }
        }
    }

    fn send(&mut self, claimed: ClaimedMessage, begin_by: OffsetDateTime) {
        if self.held.renew(&claimed) {
            return;
        }
        let place = (claimed.message.id, claimed.lease, claimed.message.expires_at);
        let task = self
            .on_their_way
            .spawn(self.sending.clone().send(claimed, begin_by));
        self.held.send_off(place, task.id());
    }

    async fn drain(mut self) {
        let drain_max = self.options.drain_max;
        if timeout(drain_max, self.settle_all()).await.is_err() {
            let count = self.held.busy();
            warn!(
                count,
                "stopped with unsettled messages; they will be claimed again when their leases run out"
            );
        }
    }

    async fn settle_all(&mut self) {
        loop {
            self.settle().await;
            if self.held.busy() == 0 {
                return;
            }
            tokio::select! {
                () = self.storage.over(), if self.storage.waits() => {}
                Some(ended) = self.on_their_way.join_next_with_id() => self.note(ended),
                else => {}
            }
        }
    }

    fn now(&self) -> OffsetDateTime {
        self.sending.clock.now()
    }
}
