//! What calls and tests share: the script, the ledger, the count.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use tokio::sync::Notify;

use super::{
    behaviour::Behaviour,
    ledger::Accepted,
    request::{Message, Refusal, Request},
};

pub(super) struct State {
    script: VecDeque<Behaviour>,
    otherwise: Behaviour,
    pub(super) ledger: Vec<Accepted>,
    pub(super) calls: usize,
}

pub(super) struct Exchange {
    account_sid: String,
    authorization: String,
    state: Mutex<State>,
    changed: Notify,
}

impl Exchange {
    pub(super) fn new(account_sid: &str, auth_token: &str) -> Self {
        let credentials = STANDARD.encode(format!("{account_sid}:{auth_token}"));
        Self {
            account_sid: account_sid.to_owned(),
            authorization: format!("Basic {credentials}"),
            state: Mutex::new(State {
                script: VecDeque::new(),
                otherwise: Behaviour::Accept,
                ledger: Vec::new(),
                calls: 0,
            }),
            changed: Notify::new(),
        }
    }

    pub(super) fn script(&self, behaviour: Behaviour) {
        self.state().script.push_back(behaviour);
    }

    pub(super) fn otherwise(&self, behaviour: Behaviour) {
        self.state().otherwise = behaviour;
    }

    pub(super) fn accepted(&self) -> Vec<Accepted> {
        self.state().ledger.clone()
    }

    pub(super) fn calls(&self) -> usize {
        self.state().calls
    }

    /// Counts a call and says what is to become of it.
    pub(super) fn arrive(&self) -> Behaviour {
        let behaviour = {
            let mut state = self.state();
            state.calls += 1;
            let otherwise = state.otherwise.clone();
            state.script.pop_front().unwrap_or(otherwise)
        };
        self.changed.notify_waiters();
        behaviour
    }

    /// Checks a call as Twilio would, writes its message into the ledger, and returns the message with its sid.
    pub(super) fn accept(&self, request: &Request) -> Result<Accepted, Refusal> {
        let message: Message = request.check(&self.account_sid, &self.authorization)?;
        let accepted = {
            let mut state = self.state();
            let accepted = message.into_accepted(format!("SM{:032x}", state.ledger.len() + 1), request);
            state.ledger.push(accepted.clone());
            accepted
        };
        self.changed.notify_waiters();
        Ok(accepted)
    }

    /// Waits until what tests see of the state fulfils the condition.
    pub(super) async fn until(&self, fulfilled: impl Fn(&State) -> bool) {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            // Listening begins before the look, so that a change between the two is not missed.
            changed.as_mut().enable();
            if fulfilled(&self.state()) {
                return;
            }
            changed.await;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
