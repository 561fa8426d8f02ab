use async_trait::async_trait;
use ringtrue_core::port::{EventPlace, EventRetention, LookedOver, StoreError};
use time::OffsetDateTime;

use crate::storage::MemoryStorage;

#[async_trait]
impl EventRetention for MemoryStorage {
    async fn look_over(
        &self,
        after: Option<EventPlace>,
        limit: usize,
        before: OffsetDateTime,
    ) -> Result<LookedOver, StoreError> {
        let mut contents = self.lock();
        let mut events: Vec<(EventPlace, OffsetDateTime)> = contents
            .users
            .iter()
            .flat_map(|(user, stored)| stored.history.iter().map(move |event| (user, event)))
            .map(|(user, event)| {
                let place = EventPlace {
                    user: user.clone(),
                    sequence: event.sequence,
                };
                (place, event.at)
            })
            .filter(|(place, _)| after.as_ref().is_none_or(|after| place > after))
            .collect();
        events.sort();
        events.truncate(limit);
        let reached = events.last().map(|(place, _)| place.clone());
        let is_whole_look = events.len() >= limit;
        let old: Vec<EventPlace> = events
            .into_iter()
            .filter(|(_, at)| *at <= before)
            .map(|(place, _)| place)
            .collect();
        for place in &old {
            if let Some(stored) = contents.users.get_mut(&place.user) {
                stored.history.retain(|event| event.sequence != place.sequence);
            }
        }
        Ok(LookedOver {
            forgotten: old.len() as u64,
            reached: reached.filter(|_| is_whole_look),
        })
    }
}
