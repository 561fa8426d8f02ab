//! An outbox that is watched and can be shaken, a gateway that does as it is told, and messages to send.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use ringtrue_core::{
    CodeId, MessageId,
    code::Code,
    keys::{Key, KeyRing},
    message::{OutboxMessage, Sms},
    phone_number::PhoneNumber,
    port::{
        ClaimedMessage, Clock, Commit, CommitOutcome, Outbox, SettleOutcome, Settlement, SettlementOutcome,
        SmsError, SmsGateway, SmsReceipt, StoreError, UserStore,
    },
};
use ringtrue_delivery::{Dispatcher, DispatcherOptions, DispatcherSignal};
use ringtrue_memory::{ManualClock, MemoryStorage};
use ringtrue_testkit::builders;
use time::{Duration, OffsetDateTime};
use tokio::{
    sync::{Semaphore, oneshot, watch},
    task::JoinHandle,
};

/// The storage that dispatchers share, a clock that stands still, and the gateway.
pub(crate) struct World {
    pub(crate) clock: ManualClock,
    pub(crate) outbox: Arc<WatchedOutbox>,
    pub(crate) gateway: Arc<ToldGateway>,
    storage: MemoryStorage,
}

impl World {
    pub(crate) fn new() -> Self {
        let (clock, storage) = (ManualClock::default(), MemoryStorage::new());
        Self {
            outbox: Arc::new(WatchedOutbox::new(storage.clone(), clock.clone())),
            gateway: Arc::new(ToldGateway::new()),
            clock,
            storage,
        }
    }

    /// Commits a new user with a message that expires in ten minutes.
    pub(crate) async fn queue(&self, user: &str) -> Commit {
        let mut commit = builders::creation(user);
        commit.message = Some(self.message(&commit));
        self.commit(&commit).await;
        commit
    }

    /// Commits a message that supersedes the one of an earlier commit.
    pub(crate) async fn queue_again(&self, before: &Commit) -> Commit {
        let mut commit = builders::failure(before);
        commit.supersedes = true;
        commit.message = Some(self.message(&commit));
        self.commit(&commit).await;
        commit
    }

    async fn commit(&self, commit: &Commit) {
        let outcomes = self.storage.commit(std::slice::from_ref(commit)).await.unwrap();
        assert_eq!(outcomes, [CommitOutcome::Committed]);
    }

    fn message(&self, commit: &Commit) -> OutboxMessage {
        OutboxMessage::seal(
            &keys(),
            MessageId::from_bytes(builders::unique_bytes()),
            &commit.user,
            CodeId::from_bytes(builders::unique_bytes()),
            self.clock.now() + Duration::minutes(10),
            &PhoneNumber::from_stored("+41791234567".to_owned()),
            &Code::new("004711"),
        )
        .unwrap()
    }

    pub(crate) fn run(&self, options: DispatcherOptions) -> Running {
        self.run_with(options, keys())
    }

    pub(crate) fn run_with(&self, options: DispatcherOptions, keys: KeyRing) -> Running {
        let dispatcher = Dispatcher::new(
            self.outbox.clone(),
            self.gateway.clone(),
            Arc::new(self.clock.clone()),
            Arc::new(keys),
            options,
        )
        .unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        Running {
            signal: dispatcher.signal(),
            task: tokio::spawn(dispatcher.run(async { stopped.await.unwrap_or_default() })),
            stop,
        }
    }
}

pub(crate) fn keys() -> KeyRing {
    KeyRing::new(vec![Key::new("k1", [9; 32])]).unwrap()
}

pub(crate) fn id(commit: &Commit) -> MessageId {
    commit.message.as_ref().unwrap().id
}

/// A dispatcher at work.
pub(crate) struct Running {
    pub(crate) signal: DispatcherSignal,
    pub(crate) task: JoinHandle<()>,
    stop: oneshot::Sender<()>,
}

impl Running {
    /// Asks it to stop and waits until it has.
    pub(crate) async fn stop(self) {
        self.ask_to_stop().await.unwrap();
    }

    pub(crate) fn ask_to_stop(self) -> JoinHandle<()> {
        drop(self.stop);
        self.task
    }
}

/// What the outbox does in place of its work.
#[derive(Clone, Copy)]
pub(crate) enum Fault {
    /// Every call fails, this many times.
    Unavailable(usize),
    /// A settlement of this message, alone or among others, is refused, this many times.
    Rejects(MessageId, usize),
    /// Looking for what has expired fails, always.
    ExpiresNothing,
}

/// An outbox that keeps a record and can be made to fail.
pub(crate) struct WatchedOutbox {
    inner: MemoryStorage,
    clock: ManualClock,
    state: Mutex<State>,
    settled: watch::Sender<Vec<(Settlement, SettleOutcome)>>,
    calls: watch::Sender<usize>,
    forgets: watch::Sender<Vec<OffsetDateTime>>,
    /// Without a permit the answers to claims are held back.
    claims: Semaphore,
}

#[derive(Default)]
struct State {
    unavailable: usize,
    rejects: Option<(MessageId, usize)>,
    expires_nothing: bool,
    claim_takes: VecDeque<Duration>,
    joint: usize,
}

impl WatchedOutbox {
    fn new(inner: MemoryStorage, clock: ManualClock) -> Self {
        Self {
            inner,
            clock,
            state: Mutex::default(),
            settled: watch::Sender::default(),
            calls: watch::Sender::default(),
            forgets: watch::Sender::default(),
            claims: Semaphore::new(Semaphore::MAX_PERMITS),
        }
    }

    pub(crate) fn fail(&self, fault: Fault) {
        let mut state = self.state.lock().unwrap();
        match fault {
            Fault::Unavailable(times) => state.unavailable = times,
            Fault::Rejects(message, times) => state.rejects = Some((message, times)),
            Fault::ExpiresNothing => state.expires_nothing = true,
        }
    }

    /// The next claim takes this long by the clock.
    pub(crate) fn slow_claim(&self, by: Duration) {
        self.state.lock().unwrap().claim_takes.push_back(by);
    }

    pub(crate) fn hold_claims(&self) {
        self.claims.forget_permits(Semaphore::MAX_PERMITS);
    }

    pub(crate) fn release_claims(&self) {
        self.claims.add_permits(Semaphore::MAX_PERMITS);
    }

    pub(crate) fn calls(&self) -> usize {
        *self.calls.borrow()
    }

    /// How many calls have settled and claimed at once.
    pub(crate) fn joint(&self) -> usize {
        self.state.lock().unwrap().joint
    }

    /// Waits until so many times something was to be forgotten, and returns what was too old.
    pub(crate) async fn forgets(&self, times: usize) -> Vec<OffsetDateTime> {
        let mut forgets = self.forgets.subscribe();
        let forgets = forgets.wait_for(|forgets| forgets.len() >= times).await;
        forgets.unwrap().clone()
    }

    pub(crate) async fn called(&self, times: usize) {
        self.calls
            .subscribe()
            .wait_for(|calls| *calls >= times)
            .await
            .unwrap();
    }

    /// Waits until so many settlements have been answered, and returns them.
    pub(crate) async fn settled(&self, count: usize) -> Vec<(Settlement, SettleOutcome)> {
        let mut settled = self.settled.subscribe();
        settled
            .wait_for(|settled| settled.len() >= count)
            .await
            .unwrap()
            .clone()
    }

    fn called_now(&self) -> Result<(), StoreError> {
        self.calls.send_modify(|calls| *calls += 1);
        let mut state = self.state.lock().unwrap();
        if state.unavailable > 0 {
            state.unavailable -= 1;
            return Err(StoreError::Unavailable("shaken by the test".into()));
        }
        Ok(())
    }
}

#[async_trait]
impl Outbox for WatchedOutbox {
    async fn claim(
        &self,
        limit: usize,
        lease: Duration,
        now: OffsetDateTime,
    ) -> Result<Vec<ClaimedMessage>, StoreError> {
        self.called_now()?;
        let claimed = self.inner.claim(limit, lease, now).await;
        drop(self.claims.acquire().await.unwrap());
        if let Some(takes) = self.state.lock().unwrap().claim_takes.pop_front() {
            self.clock.advance(takes);
        }
        claimed
    }

    async fn settle(
        &self,
        settlements: &[Settlement],
        now: OffsetDateTime,
    ) -> Result<Vec<SettleOutcome>, StoreError> {
        self.called_now()?;
        if let Some((message, times)) = &mut self.state.lock().unwrap().rejects
            && *times > 0
            && settlements
                .iter()
                .any(|settlement| settlement.message == *message)
        {
            *times -= 1;
            return Err(StoreError::Rejected("shaken by the test".into()));
        }
        let outcomes = self.inner.settle(settlements, now).await?;
        let answered = settlements.iter().cloned().zip(outcomes.iter().copied());
        self.settled.send_modify(|settled| settled.extend(answered));
        Ok(outcomes)
    }

    async fn expire(&self, limit: usize, now: OffsetDateTime) -> Result<u64, StoreError> {
        self.called_now()?;
        if self.state.lock().unwrap().expires_nothing {
            return Err(StoreError::Overloaded);
        }
        self.inner.expire(limit, now).await
    }

    async fn settle_and_claim(
        &self,
        settlements: &[Settlement],
        limit: usize,
        lease: Duration,
        now: OffsetDateTime,
    ) -> Result<(Vec<SettleOutcome>, Vec<ClaimedMessage>), StoreError> {
        self.state.lock().unwrap().joint += 1;
        let outcomes = self.settle(settlements, now).await?;
        Ok((outcomes, self.claim(limit, lease, now).await?))
    }

    async fn forget(&self, limit: usize, before: OffsetDateTime) -> Result<u64, StoreError> {
        self.forgets.send_modify(|forgets| forgets.push(before));
        self.inner.forget(limit, before).await
    }

    async fn unsettled(&self) -> Result<u64, StoreError> {
        self.inner.unsettled().await
    }
}

/// What the gateway does with a message.
pub(crate) enum Told {
    Fail(SmsError),
    Hang,
    Panic,
}

/// A gateway that takes everything, unless told otherwise, and keeps a record.
pub(crate) struct ToldGateway {
    told: Mutex<VecDeque<Told>>,
    calls: watch::Sender<Vec<MessageId>>,
    /// Without a permit answers are held back.
    answers: Semaphore,
}

impl ToldGateway {
    fn new() -> Self {
        Self {
            told: Mutex::default(),
            calls: watch::Sender::default(),
            answers: Semaphore::new(Semaphore::MAX_PERMITS),
        }
    }

    pub(crate) fn tell(&self, told: Told) {
        self.told.lock().unwrap().push_back(told);
    }

    pub(crate) fn hold(&self) {
        self.answers.forget_permits(Semaphore::MAX_PERMITS);
    }

    pub(crate) fn release(&self) {
        self.answers.add_permits(Semaphore::MAX_PERMITS);
    }

    pub(crate) fn calls(&self) -> Vec<MessageId> {
        self.calls.borrow().clone()
    }

    /// Waits until so many messages have come, and returns their ids.
    pub(crate) async fn called(&self, times: usize) -> Vec<MessageId> {
        let mut calls = self.calls.subscribe();
        calls
            .wait_for(|calls| calls.len() >= times)
            .await
            .unwrap()
            .clone()
    }
}

#[async_trait]
impl SmsGateway for ToldGateway {
    async fn send(&self, sms: &Sms) -> Result<SmsReceipt, SmsError> {
        assert_eq!(sms.code.reveal(), "004711");
        self.calls.send_modify(|calls| calls.push(sms.id));
        drop(self.answers.acquire().await.unwrap());
        let told = self.told.lock().unwrap().pop_front();
        match told {
            None => Ok(SmsReceipt {
                reference: reference(sms.id),
            }),
            Some(Told::Fail(error)) => Err(error),
            Some(Told::Hang) => std::future::pending().await,
            Some(Told::Panic) => panic!("told to"),
        }
    }
}

fn reference(message: MessageId) -> String {
    format!("reference-{message}")
}

/// The settlement of a message that the gateway took.
pub(crate) fn sent(message: MessageId) -> SettlementOutcome {
    SettlementOutcome::Sent {
        reference: reference(message),
    }
}
