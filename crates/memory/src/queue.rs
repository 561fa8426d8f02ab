//! The messages that are not settled, found by whoever looks for them: by age, by id, by user.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use ringtrue_core::{LeaseId, MessageId, UserId, message::OutboxMessage};
use time::OffsetDateTime;

/// A message that is not settled. What is settled is forgotten: nobody asks memory what happened last week.
pub(crate) struct Waiting {
    pub(crate) message: OutboxMessage,
    pub(crate) attempts: u32,
    pub(crate) lease: Option<(LeaseId, OffsetDateTime)>,
}

/// Messages that are not settled, oldest first.
#[derive(Default)]
pub(crate) struct Queue {
    by_age: BTreeMap<u64, Waiting>,
    by_id: HashMap<MessageId, u64>,
    by_user: HashMap<UserId, BTreeSet<u64>>,
    queued: u64,
}

impl Queue {
    pub(crate) fn len(&self) -> usize {
        self.by_age.len()
    }

    pub(crate) fn push(&mut self, message: OutboxMessage) {
        self.queued += 1;
        self.by_id.insert(message.id, self.queued);
        self.by_user
            .entry(message.user.clone())
            .or_default()
            .insert(self.queued);
        let waiting = Waiting {
            message,
            attempts: 0,
            lease: None,
        };
        self.by_age.insert(self.queued, waiting);
    }

    pub(crate) fn get(&self, id: MessageId) -> Option<&Waiting> {
        self.by_age.get(self.by_id.get(&id)?)
    }

    /// All of them, oldest first.
    pub(crate) fn oldest_first(&mut self) -> impl Iterator<Item = &mut Waiting> {
        self.by_age.values_mut()
    }

    pub(crate) fn remove(&mut self, id: MessageId) {
        if let Some(waiting) = self.by_id.remove(&id).and_then(|at| self.by_age.remove(&at)) {
            self.unlist(&waiting.message.user);
        }
    }

    pub(crate) fn remove_user(&mut self, user: &UserId) {
        for at in self.by_user.remove(user).into_iter().flatten() {
            if let Some(waiting) = self.by_age.remove(&at) {
                self.by_id.remove(&waiting.message.id);
            }
        }
    }

    /// Removes what has expired, and tells how many that were.
    pub(crate) fn remove_expired(&mut self, now: OffsetDateTime) -> usize {
        let expired = |waiting: &&Waiting| waiting.message.expires_at <= now;
        let gone: Vec<MessageId> = self
            .by_age
            .values()
            .filter(expired)
            .map(|waiting| waiting.message.id)
            .collect();
        for id in &gone {
            self.remove(*id);
        }
        gone.len()
    }

    /// Forgets what of a user's messages is no longer here.
    fn unlist(&mut self, user: &UserId) {
        if let Some(theirs) = self.by_user.get_mut(user) {
            theirs.retain(|at| self.by_age.contains_key(at));
            if theirs.is_empty() {
                self.by_user.remove(user);
            }
        }
    }
}
