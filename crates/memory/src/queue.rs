//! The messages that are not settled, found by whoever looks for them: by expiry, by id, by user.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use ringtrue_core::{LeaseId, MessageId, UserId, message::OutboxMessage};
use time::OffsetDateTime;

/// A message that is not settled. What is settled is forgotten: nobody asks memory what happened last week.
pub(crate) struct Waiting {
    pub(crate) message: OutboxMessage,
    pub(crate) attempts: u32,
    pub(crate) lease: Option<(LeaseId, OffsetDateTime)>,
}

/// When a message expires, and which one it is.
type Place = (OffsetDateTime, MessageId);

/// Messages that are not settled, in the order in which they expire.
#[derive(Default)]
pub(crate) struct Queue {
    by_expiry: BTreeMap<Place, Waiting>,
    expiry: HashMap<MessageId, OffsetDateTime>,
    by_user: HashMap<UserId, BTreeSet<Place>>,
}

impl Queue {
    pub(crate) fn len(&self) -> usize {
        self.by_expiry.len()
    }

    pub(crate) fn push(&mut self, message: OutboxMessage) {
        let place = (message.expires_at, message.id);
        self.expiry.insert(message.id, message.expires_at);
        self.by_user
            .entry(message.user.clone())
            .or_default()
            .insert(place);
        let waiting = Waiting {
            message,
            attempts: 0,
            lease: None,
        };
        self.by_expiry.insert(place, waiting);
    }

    pub(crate) fn get(&self, id: MessageId) -> Option<&Waiting> {
        self.by_expiry.get(&(*self.expiry.get(&id)?, id))
    }

    /// All of them, those first that expire first.
    pub(crate) fn soonest_first(&mut self) -> impl Iterator<Item = &mut Waiting> {
        self.by_expiry.values_mut()
    }

    pub(crate) fn remove(&mut self, id: MessageId) {
        if let Some(expires_at) = self.expiry.get(&id) {
            self.remove_at((*expires_at, id));
        }
    }

    pub(crate) fn remove_user(&mut self, user: &UserId) {
        for place in self.by_user.remove(user).into_iter().flatten() {
            self.by_expiry.remove(&place);
            self.expiry.remove(&place.1);
        }
    }

    /// Removes so many of those that have expired, and tells how many there were.
    pub(crate) fn remove_expired(&mut self, limit: usize, now: OffsetDateTime) -> usize {
        let expired = self
            .by_expiry
            .keys()
            .take_while(|(expires_at, _)| *expires_at <= now)
            .take(limit);
        let expired: Vec<Place> = expired.copied().collect();
        for place in &expired {
            self.remove_at(*place);
        }
        expired.len()
    }

    fn remove_at(&mut self, place: Place) {
        let Some(waiting) = self.by_expiry.remove(&place) else {
            return;
        };
        self.expiry.remove(&place.1);
        let user = waiting.message.user;
        if let Some(theirs) = self.by_user.get_mut(&user) {
            theirs.remove(&place);
            if theirs.is_empty() {
                self.by_user.remove(&user);
            }
        }
    }
}
