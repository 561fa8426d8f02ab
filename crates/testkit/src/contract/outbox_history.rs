//! [`Outbox`](ringtrue_core::port::Outbox): how long a store remembers what it has settled, if it does.

use ringtrue_core::port::Storage;
use time::Duration;

use super::outbox::settle_over_time;
use crate::builders::NOON;

pub async fn what_was_settled_is_forgotten_once_it_is_old_and_no_more_than_the_limit(storage: &Storage) {
    settle_over_time(storage).await;
    let forget = |limit, before| async move { storage.outbox.forget(limit, before).await.unwrap() };
    let later = NOON + Duration::HOUR;
    assert_eq!(forget(9, NOON - Duration::MICROSECOND).await, 0);
    assert_eq!(forget(2, NOON).await, 2, "no more than the limit");
    assert_eq!(
        forget(9, NOON).await,
        1,
        "what was settled at the very instant goes too"
    );
    assert_eq!(forget(9, later - Duration::MICROSECOND).await, 0);
    assert_eq!(forget(9, later).await, 1);
    assert_eq!(forget(9, later).await, 0);
}
