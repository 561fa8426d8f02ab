//! What this dispatcher has claimed and not settled yet.

use std::collections::HashMap;

use ringtrue_core::{
    LeaseId, MessageId,
    port::{ClaimedMessage, Settlement, SettlementOutcome},
};
use time::OffsetDateTime;
use tokio::task;

enum Stage {
    OnItsWay(task::Id),
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
pub(crate) struct HeldMessages(HashMap<MessageId, Held>);

impl HeldMessages {
    /// How many need a place: those on their way, and those that storage is to be told of.
    pub(crate) fn busy(&self) -> usize {
        let places = self.0.values();
        places
            .filter(|held| !matches!(held.stage, Stage::Unsettleable(_)))
            .count()
    }

    /// Renews the claim on a message that is in hand already; false if it is not. Storage lets a message be claimed again
    /// once its lease has run out, which is no reason to send it again.
    pub(crate) fn renew(&mut self, claimed: &ClaimedMessage) -> bool {
        let Some(held) = self.0.get_mut(&claimed.message.id) else {
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
        let stage = Stage::OnItsWay(task);
        self.0.insert(
            message,
            Held {
                lease,
                expires_at,
                stage,
            },
        );
    }

    /// Notes what became of a message; one without an outcome was not touched and is let go.
    pub(crate) fn end(&mut self, task: task::Id, outcome: Option<SettlementOutcome>) {
        let of_task = |held: &Held| matches!(held.stage, Stage::OnItsWay(id) if id == task);
        match outcome {
            None => self.0.retain(|_, held| !of_task(held)),
            Some(outcome) => {
                if let Some(held) = self.0.values_mut().find(|held| of_task(held)) {
                    held.stage = Stage::Ended(outcome);
                }
            }
        }
    }

    /// What storage is to be told.
    pub(crate) fn settlements(&self) -> Vec<Settlement> {
        let ended = self.0.iter().filter_map(|(&message, held)| match &held.stage {
            Stage::Ended(outcome) => Some(Settlement {
                message,
                lease: held.lease,
                outcome: outcome.clone(),
            }),
            Stage::OnItsWay(_) | Stage::Unsettleable(_) => None,
        });
        ended.collect()
    }

    pub(crate) fn let_go(&mut self, message: MessageId) {
        self.0.remove(&message);
    }

    /// Storage cannot represent this settlement: it is tried again when the message is claimed again.
    pub(crate) fn set_aside(&mut self, settlement: Settlement) {
        if let Some(held) = self.0.get_mut(&settlement.message) {
            held.stage = Stage::Unsettleable(settlement.outcome);
        }
    }

    /// Lets go of what was set aside and, being expired, will not be claimed again.
    pub(crate) fn forget_expired(&mut self, now: OffsetDateTime) {
        self.0
            .retain(|_, held| !matches!(held.stage, Stage::Unsettleable(_)) || held.expires_at > now);
    }
}
