use async_trait::async_trait;
use ringtrue_core::{
    UserId,
    port::{EventPlace, EventRetention, RecordedEvent, StoreError},
};
use time::OffsetDateTime;

use crate::storage::MemoryStorage;

#[async_trait]
impl EventRetention for MemoryStorage {
    async fn events_behind(
        &self,
        after: &EventPlace,
        limit: usize,
        _before: OffsetDateTime,
    ) -> Result<Vec<(EventPlace, OffsetDateTime)>, StoreError> {
        let contents = self.lock();
        let histories = contents.users.iter();
        let mut events: Vec<_> = histories
            .flat_map(|(user, stored)| stored.history.iter().map(|event| (place(user, event), event.at)))
            .filter(|(place, _)| place > after)
            .collect();
        events.sort();
        events.truncate(limit);
        Ok(events)
    }

    async fn forget(
        &self,
        after: &EventPlace,
        last: &EventPlace,
        before: OffsetDateTime,
    ) -> Result<u64, StoreError> {
        let mut forgotten = 0;
        for (user, stored) in &mut self.lock().users {
            let recorded = stored.history.len();
            stored.history.retain(|event| {
                let place = place(user, event);
                event.at > before || place <= *after || place > *last
            });
            forgotten += recorded - stored.history.len();
        }
        Ok(forgotten as u64)
    }
}

fn place(user: &UserId, event: &RecordedEvent) -> EventPlace {
    EventPlace {
        user: user.clone(),
        sequence: event.sequence,
    }
}
