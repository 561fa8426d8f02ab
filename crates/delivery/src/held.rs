//! What this dispatcher has claimed and not settled yet.

use std::collections::HashMap;

use ringtrue_core::{
    LeaseId, MessageId,
    port::{ClaimedMessage, Settlement, SettlementOutcome},
};
use time::OffsetDateTime;
use tokio::task;

enum Stage {
    OnItsWay,
    /// Handed off, or given up; storage is to be told.
    Ended(SettlementOutcome),
    /// Handed off, or given up; storage cannot represent it. Kept so that the message is not sent again.
    Unsettleable(SettlementOutcome),
}

struct Held {
    lease: LeaseId,
    expires_at: OffsetDateTime,
    stage: Stage,
}

/// The messages in hand, each once.
#[derive(Default)]
pub(crate) struct HeldMessages {
    messages: HashMap<MessageId, Held>,
    /// Which task sends which message.
    on_their_way: HashMap<task::Id, MessageId>,
}

impl HeldMessages {
    /// How many are on their way, or are to be told to storage.
    pub(crate) fn busy(&self) -> usize {
        let held = self.messages.values();
        held.filter(|held| !matches!(held.stage, Stage::Unsettleable(_)))
            .count()
    }

    /// How many are on their way.
    pub(crate) fn on_their_way(&self) -> usize {
        self.on_their_way.len()
    }

    /// Renews the claim on a message that is in hand already; false if it is not. Storage lets a message be claimed again
    /// once its lease has run out, which is no reason to send it again.
    pub(crate) fn renew(&mut self, claimed: &ClaimedMessage) -> bool {
        let Some(held) = self.messages.get_mut(&claimed.message.id) else {
            return false;
        };
        held.lease = claimed.lease;
        if let Stage::Unsettleable(outcome) = &held.stage {
            held.stage = Stage::Ended(outcome.clone());
        }
        true
    }

    pub(crate) fn send_off(&mut self, claimed: (MessageId, LeaseId, OffsetDateTime), task: task::Id) {
        let (message, lease, expires_at) = claimed;
        let held = Held {
            lease,
            expires_at,
            stage: Stage::OnItsWay,
        };
        self.messages.insert(message, held);
        self.on_their_way.insert(task, message);
    }

    /// Notes what became of a message; one without an outcome was not touched and is let go.
    pub(crate) fn end(&mut self, task: task::Id, outcome: Option<SettlementOutcome>) {
        let Some(message) = self.on_their_way.remove(&task) else {
            return;
        };
        match (outcome, self.messages.get_mut(&message)) {
            (Some(outcome), Some(held)) => held.stage = Stage::Ended(outcome),
            (_, _) => self.let_go(message),
        }
    }

    /// Whether storage is to be told anything.
    pub(crate) fn has_ended(&self) -> bool {
        let mut held = self.messages.values();
        held.any(|held| matches!(held.stage, Stage::Ended(_)))
    }

    /// What storage is to be told.
    pub(crate) fn settlements(&self) -> Vec<Settlement> {
        let ended = self
            .messages
            .iter()
            .filter_map(|(&message, held)| match &held.stage {
                Stage::Ended(outcome) => Some(Settlement {
                    message,
                    lease: held.lease,
                    outcome: outcome.clone(),
                }),
                Stage::OnItsWay | Stage::Unsettleable(_) => None,
            });
        ended.collect()
    }

    pub(crate) fn let_go(&mut self, message: MessageId) {
        self.messages.remove(&message);
    }

    /// Storage cannot represent this settlement: it is tried again when the message is claimed again.
    pub(crate) fn set_aside(&mut self, settlement: Settlement) {
        if let Some(held) = self.messages.get_mut(&settlement.message) {
            held.stage = Stage::Unsettleable(settlement.outcome);
        }
    }

    /// Lets go of what was set aside and, being expired, will not be claimed again.
    pub(crate) fn forget_expired(&mut self, now: OffsetDateTime) {
        self.messages
            .retain(|_, held| !matches!(held.stage, Stage::Unsettleable(_)) || held.expires_at > now);
    }
}
