//! The promises of `EventRetention`.

use ringtrue_core::{
    UserId,
    port::{EventPlace, LookedOver, Storage},
};
use time::{Duration, OffsetDateTime};

use super::{load, write};
use crate::builders::{NOON, creation, failure, user_id};

/// Three users with two events each: the first at noon, the second an hour later.
async fn three_users(storage: &Storage) {
    for id in ["cyd", "ada", "bea"] {
        let created = creation(id);
        let mut failed = failure(&created);
        failed.at = NOON + Duration::HOUR;
        write(storage, &[created]).await;
        write(storage, &[failed]).await;
    }
}

async fn look_over(
    storage: &Storage,
    after: Option<EventPlace>,
    limit: usize,
    before: OffsetDateTime,
) -> LookedOver {
    storage.events.look_over(after, limit, before).await.unwrap()
}

/// The sequences that are left of a user's history.
async fn left(storage: &Storage, user: &UserId) -> Vec<u64> {
    let history = storage.users.history(user).await.unwrap();
    history.iter().map(|event| event.sequence).collect()
}

pub async fn what_happened_before_is_forgotten_and_what_users_are_stays(storage: &Storage) {
    three_users(storage).await;
    let ids = ["ada", "bea", "cyd"].map(user_id);
    let before = load(storage, &ids[0]).await;
    let just_before = NOON - Duration::MICROSECOND;
    let nothing = look_over(storage, None, 100, just_before).await;
    assert_eq!((nothing.forgotten, nothing.reached), (0, None));
    let half = look_over(storage, None, 100, NOON).await;
    assert_eq!(
        (half.forgotten, half.reached),
        (3, None),
        "at that instant is before it"
    );
    for id in &ids {
        assert_eq!(left(storage, id).await, [2]);
    }
    let rest = look_over(storage, None, 100, NOON + Duration::HOUR).await;
    assert_eq!((rest.forgotten, rest.reached), (3, None));
    for id in &ids {
        assert_eq!(left(storage, id).await, [0_u64; 0]);
    }
    assert_eq!(load(storage, &ids[0]).await, before);
    // Nor does anybody begin anew: the next event has the next sequence.
    write(storage, &[failure(&failure(&creation("ada")))]).await;
    assert_eq!(left(storage, &ids[0]).await, [3]);
    let nobody_left = look_over(storage, None, 100, NOON).await;
    assert_eq!(nobody_left.forgotten, 0);
}

pub async fn each_look_goes_on_behind_the_last_one(storage: &Storage) {
    three_users(storage).await;
    let place = |id: &str, sequence| EventPlace {
        user: user_id(id),
        sequence,
    };
    let mut looks = vec![look_over(storage, None, 2, NOON).await];
    while let Some(reached) = looks[looks.len() - 1].reached.clone() {
        looks.push(look_over(storage, Some(reached), 2, NOON).await);
    }
    let looks: Vec<_> = looks
        .into_iter()
        .map(|look| (look.forgotten, look.reached))
        .collect();
    let at_ends = ["ada", "bea", "cyd"].map(|id| (1, Some(place(id, 2))));
    assert_eq!(looks[..3], at_ends);
    assert_eq!(looks[3..], [(0, None)]);
    let within = look_over(storage, Some(place("bea", 1)), 100, NOON + Duration::HOUR).await;
    assert_eq!((within.forgotten, within.reached), (2, None));
    assert_eq!(
        left(storage, &user_id("ada")).await,
        [2],
        "before the place is not looked at"
    );
    assert_eq!(left(storage, &user_id("bea")).await, [0_u64; 0]);
}
