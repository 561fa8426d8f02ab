//! The promises of `Outbox`.

use std::collections::HashMap;

use ringtrue_core::{
    LeaseId, MessageId,
    port::{ClaimedMessage, Commit, FailureReason, SettleOutcome, Settlement, SettlementOutcome, Storage},
};
use time::{Duration, OffsetDateTime};
use tokio::task::JoinSet;

use super::write;
use crate::builders::{NOON, creation, failure, message, sent, unique_bytes, user_id, with_message};

const LEASE: Duration = Duration::MINUTE;

async fn claim(storage: &Storage, now: OffsetDateTime) -> Vec<ClaimedMessage> {
    storage.outbox.claim(1_000, LEASE, now).await.unwrap()
}

async fn settle(storage: &Storage, settlement: Settlement) -> SettleOutcome {
    let mut outcomes = storage.outbox.settle(&[settlement], NOON).await.unwrap();
    assert_eq!(outcomes.len(), 1);
    outcomes.remove(0)
}

/// Queues one message and gives the commit that did.
async fn queue_one(storage: &Storage) -> Commit {
    let commit = with_message(creation("ada"));
    write(storage, std::slice::from_ref(&commit)).await;
    commit
}

/// Queues a message for each of many users, a second apart, and gives their ids, those first that expire first.
async fn queue_many(storage: &Storage, count: i64) -> Vec<MessageId> {
    let commits: Vec<Commit> = (0..count)
        .map(|n| {
            with_message(Commit {
                at: NOON + Duration::seconds(n),
                ..creation(&format!("user-{n}"))
            })
        })
        .collect();
    write(storage, &commits).await;
    commits
        .into_iter()
        .filter_map(|commit| commit.message)
        .map(|message| message.id)
        .collect()
}

fn ids(claimed: &[ClaimedMessage]) -> Vec<MessageId> {
    claimed.iter().map(|claimed| claimed.message.id).collect()
}

pub async fn a_message_is_claimed_as_it_was_queued(storage: &Storage) {
    let commit = queue_one(storage).await;
    assert_eq!(storage.outbox.unsettled().await.unwrap(), 1);
    let claimed = claim(storage, NOON).await;
    assert_eq!(claimed.len(), 1);
    assert_eq!(Some(&claimed[0].message), commit.message.as_ref());
    assert_eq!(claimed[0].attempt, 1);
    assert_eq!(
        storage.outbox.unsettled().await.unwrap(),
        1,
        "a claimed message is not settled"
    );
}

pub async fn what_expires_first_is_claimed_first_and_no_more_than_the_limit(storage: &Storage) {
    let expiring = |user: &str, minutes| Commit {
        message: Some(message(&user_id(user), NOON + Duration::minutes(minutes))),
        ..creation(user)
    };
    let commits = [("ada", 7), ("bea", 3), ("cyd", 9), ("dan", 1), ("eve", 5)];
    let mut commits = commits.map(|(user, minutes)| expiring(user, minutes));
    write(storage, &commits).await;
    let queued = |commit: &Commit| {
        commit
            .message
            .as_ref()
            .map(|message| (message.expires_at, message.id))
    };
    commits.sort_by_key(queued);
    let queued: Vec<MessageId> = commits.iter().filter_map(queued).map(|(_, id)| id).collect();
    let first = storage.outbox.claim(2, LEASE, NOON).await.unwrap();
    let second = storage.outbox.claim(2, LEASE, NOON).await.unwrap();
    let third = storage.outbox.claim(2, LEASE, NOON).await.unwrap();
    assert_eq!([ids(&first), ids(&second), ids(&third)].concat(), queued);
    assert_eq!((first.len(), second.len(), third.len()), (2, 2, 1));
    assert_ne!(
        first[0].lease, first[1].lease,
        "each claim has a lease of its own"
    );
}

pub async fn a_claimed_message_is_not_claimed_again_while_its_lease_lasts(storage: &Storage) {
    queue_one(storage).await;
    assert_eq!(claim(storage, NOON).await.len(), 1);
    assert_eq!(claim(storage, NOON).await, []);
    assert_eq!(claim(storage, NOON + LEASE - Duration::MICROSECOND).await, []);
}

pub async fn a_lease_that_ran_out_is_claimed_again_with_a_higher_attempt(storage: &Storage) {
    queue_one(storage).await;
    let first = claim(storage, NOON).await.remove(0);
    let second = claim(storage, NOON + LEASE + Duration::MICROSECOND)
        .await
        .remove(0);
    assert_eq!(second.message, first.message);
    assert_eq!((first.attempt, second.attempt), (1, 2));
    assert_ne!(first.lease, second.lease);
    let again = NOON + LEASE * 2;
    assert_eq!(
        claim(storage, again).await,
        [],
        "the second lease counts from the second claim"
    );
}

pub async fn a_settled_message_is_never_claimed_again(storage: &Storage) {
    queue_one(storage).await;
    let claimed = claim(storage, NOON).await.remove(0);
    assert_eq!(settle(storage, sent(&claimed)).await, SettleOutcome::Settled);
    assert_eq!(storage.outbox.unsettled().await.unwrap(), 0);
    assert_eq!(claim(storage, NOON + LEASE * 2).await, []);
}

pub async fn a_failed_message_is_settled_too(storage: &Storage) {
    use FailureReason::{Refused, Throttled, Unknown, Unreachable, Unreadable};
    let reasons = [Refused, Throttled, Unknown, Unreachable, Unreadable];
    queue_many(storage, 5).await;
    let settlements: Vec<_> = claim(storage, NOON)
        .await
        .iter()
        .zip(reasons)
        .map(|(claimed, reason)| Settlement {
            outcome: SettlementOutcome::Failed(reason),
            ..sent(claimed)
        })
        .collect();
    let outcomes = storage.outbox.settle(&settlements, NOON).await.unwrap();
    assert_eq!(outcomes, [SettleOutcome::Settled; 5]);
    assert_eq!(storage.outbox.unsettled().await.unwrap(), 0);
    assert_eq!(claim(storage, NOON + LEASE * 2).await, []);
}

pub async fn a_lost_lease_settles_nothing(storage: &Storage) {
    queue_one(storage).await;
    let first = claim(storage, NOON).await.remove(0);
    let second = claim(storage, NOON + LEASE * 2).await.remove(0);
    assert_eq!(settle(storage, sent(&first)).await, SettleOutcome::LeaseLost);
    let invented = Settlement {
        lease: LeaseId::from_bytes(unique_bytes()),
        ..sent(&second)
    };
    assert_eq!(settle(storage, invented).await, SettleOutcome::LeaseLost);
    let nowhere = Settlement {
        message: MessageId::from_bytes(unique_bytes()),
        ..sent(&second)
    };
    assert_eq!(settle(storage, nowhere).await, SettleOutcome::LeaseLost);
    assert_eq!(storage.outbox.unsettled().await.unwrap(), 1);
    assert_eq!(settle(storage, sent(&second)).await, SettleOutcome::Settled);
}

pub async fn a_lease_that_ran_out_still_settles_while_nobody_else_has_claimed(storage: &Storage) {
    queue_one(storage).await;
    let claimed = claim(storage, NOON).await.remove(0);
    let late = storage
        .outbox
        .settle(&[sent(&claimed)], NOON + LEASE * 5)
        .await
        .unwrap();
    assert_eq!(late, [SettleOutcome::Settled]);
}

pub async fn a_message_settles_once(storage: &Storage) {
    queue_one(storage).await;
    let claimed = claim(storage, NOON).await.remove(0);
    let twice = storage
        .outbox
        .settle(&[sent(&claimed), sent(&claimed)], NOON)
        .await
        .unwrap();
    assert_eq!(twice, [SettleOutcome::Settled, SettleOutcome::LeaseLost]);
    assert_eq!(settle(storage, sent(&claimed)).await, SettleOutcome::LeaseLost);
}

pub async fn settlements_are_answered_in_order_and_each_by_itself(storage: &Storage) {
    assert_eq!(storage.outbox.settle(&[], NOON).await.unwrap(), []);
    queue_many(storage, 30).await;
    let claimed = claim(storage, NOON).await;
    let lost = |n: usize| n % 4 == 2;
    let mut settlements: Vec<_> = claimed.iter().map(sent).collect();
    settlements.reverse();
    for (n, settlement) in settlements.iter_mut().enumerate() {
        if lost(n) {
            settlement.lease = LeaseId::from_bytes(unique_bytes());
        }
    }
    let outcomes = storage.outbox.settle(&settlements, NOON).await.unwrap();
    assert_eq!(outcomes.len(), 30);
    for (n, outcome) in outcomes.iter().enumerate() {
        let expected = if lost(n) {
            SettleOutcome::LeaseLost
        } else {
            SettleOutcome::Settled
        };
        assert_eq!(*outcome, expected, "settlement {n}");
    }
    assert_eq!(storage.outbox.unsettled().await.unwrap(), 7);
}

async fn settle_and_claim(
    storage: &Storage,
    settlements: &[Settlement],
    limit: usize,
    now: OffsetDateTime,
) -> (Vec<SettleOutcome>, Vec<ClaimedMessage>) {
    let both = storage.outbox.settle_and_claim(settlements, limit, LEASE, now);
    both.await.unwrap()
}

pub async fn settling_and_claiming_at_once_is_settling_and_then_claiming(storage: &Storage) {
    use SettleOutcome::{LeaseLost, Settled};
    let queued = queue_many(storage, 6).await;
    let first = storage.outbox.claim(3, LEASE, NOON).await.unwrap();
    let lost = Settlement {
        lease: LeaseId::from_bytes(unique_bytes()),
        ..sent(&first[1])
    };
    let settlements = [sent(&first[2]), lost, sent(&first[0]), sent(&first[2])];
    let (outcomes, second) = settle_and_claim(storage, &settlements, 2, NOON).await;
    assert_eq!(outcomes, [Settled, LeaseLost, Settled, LeaseLost]);
    assert_eq!(ids(&second), queued[3..5]);
    assert_eq!(storage.outbox.unsettled().await.unwrap(), 4);
    // What had a lease that ran out is settled and not claimed again; what nobody settled is.
    let late = NOON + LEASE * 2;
    let (outcomes, third) = settle_and_claim(storage, &[sent(&second[0])], 9, late).await;
    assert_eq!(outcomes, [Settled]);
    assert_eq!(ids(&third), [queued[1], queued[4], queued[5]]);
    assert_eq!(third[0].attempt, 2);
    assert_eq!(settle_and_claim(storage, &[], 9, late).await, (vec![], vec![]));
}

pub async fn an_expired_message_is_never_claimed_and_is_erased(storage: &Storage) {
    let commit = queue_one(storage).await;
    let end = commit.message.as_ref().unwrap().expires_at;
    assert_eq!(claim(storage, end).await, [], "expired at the very instant");
    assert_eq!(
        storage
            .outbox
            .expire(9, end - Duration::MICROSECOND)
            .await
            .unwrap(),
        0
    );
    assert_eq!(storage.outbox.unsettled().await.unwrap(), 1);
    assert_eq!(storage.outbox.expire(9, end).await.unwrap(), 1);
    assert_eq!(storage.outbox.unsettled().await.unwrap(), 0);
    assert_eq!(storage.outbox.expire(9, end).await.unwrap(), 0);
    assert_eq!(
        claim(storage, NOON).await,
        [],
        "once erased it is gone, whatever the clock says"
    );
}

pub async fn no_more_expire_at_once_than_the_limit_and_the_soonest_do(storage: &Storage) {
    let expiring = queue_many(storage, 5).await;
    let end = NOON + Duration::weeks(1_000);
    assert_eq!(storage.outbox.expire(3, end).await.unwrap(), 3);
    assert_eq!(ids(&claim(storage, NOON).await), expiring[3..]);
    assert_eq!(storage.outbox.expire(3, end).await.unwrap(), 2);
    assert_eq!(storage.outbox.unsettled().await.unwrap(), 0);
}

pub async fn expiry_takes_the_lease_away(storage: &Storage) {
    let commit = queue_one(storage).await;
    let end = commit.message.as_ref().unwrap().expires_at;
    let claimed = claim(storage, end - Duration::SECOND).await.remove(0);
    assert_eq!(storage.outbox.expire(9, end).await.unwrap(), 1);
    assert_eq!(settle(storage, sent(&claimed)).await, SettleOutcome::LeaseLost);
}

/// Queues five messages and settles three at noon, the fourth an hour later and the last one not; gives the last.
pub(super) async fn settle_over_time(storage: &Storage) -> MessageId {
    queue_many(storage, 5).await;
    let claimed = claim(storage, NOON).await;
    for (nth, at) in [NOON, NOON, NOON, NOON + Duration::HOUR].into_iter().enumerate() {
        let outcome = storage.outbox.settle(&[sent(&claimed[nth])], at).await.unwrap();
        assert_eq!(outcome, [SettleOutcome::Settled]);
    }
    claimed[4].message.id
}

pub async fn what_is_not_settled_is_never_forgotten(storage: &Storage) {
    let unsettled = settle_over_time(storage).await;
    let far = NOON + Duration::weeks(1_000);
    storage.outbox.forget(9, far).await.unwrap();
    assert_eq!(storage.outbox.forget(9, far).await.unwrap(), 0);
    assert_eq!(storage.outbox.unsettled().await.unwrap(), 1);
    assert_eq!(ids(&claim(storage, NOON + LEASE * 2).await), [unsettled]);
}

pub async fn superseding_erases_the_sealed_copy(storage: &Storage) {
    let commit = queue_one(storage).await;
    let leased = claim(storage, NOON).await.remove(0);
    let superseding = Commit {
        supersedes: true,
        ..failure(&commit)
    };
    write(storage, &[superseding]).await;
    assert_eq!(storage.outbox.unsettled().await.unwrap(), 0);
    assert_eq!(claim(storage, NOON + LEASE * 2).await, []);
    assert_eq!(settle(storage, sent(&leased)).await, SettleOutcome::LeaseLost);
}

pub async fn superseding_spares_the_new_message_and_everybody_else(storage: &Storage) {
    let ada = with_message(creation("ada"));
    let bea = with_message(creation("bea"));
    write(storage, &[ada.clone(), bea.clone()]).await;
    let resent = with_message(Commit {
        supersedes: true,
        ..failure(&ada)
    });
    write(storage, std::slice::from_ref(&resent)).await;
    let claimed = claim(storage, NOON).await;
    let mut waiting: Vec<_> = claimed.iter().map(|claimed| &claimed.message).collect();
    waiting.sort_by_key(|message| message.user.clone());
    assert_eq!(
        waiting,
        [resent.message.as_ref().unwrap(), bea.message.as_ref().unwrap()]
    );
}

pub async fn each_message_goes_to_one_claimer(storage: &Storage) {
    let queued = queue_many(storage, 120).await;
    let mut claimers = JoinSet::new();
    for _ in 0..8 {
        let outbox = storage.outbox.clone();
        claimers.spawn(async move {
            let mut claimed = Vec::new();
            // A claim may come back empty-handed while others hold the rows; what is left then is left to them.
            loop {
                let more = outbox.claim(7, LEASE, NOON).await.unwrap();
                if more.is_empty() {
                    break claimed;
                }
                claimed.extend(ids(&more));
            }
        });
    }
    let mut claimed = claimers.join_all().await.concat();
    claimed.extend(ids(&claim(storage, NOON).await));
    let mut times: HashMap<MessageId, u32> = HashMap::new();
    for id in claimed {
        *times.entry(id).or_default() += 1;
    }
    assert_eq!(times.len(), 120);
    assert!(queued.iter().all(|id| times[id] == 1));
}

pub async fn each_message_settles_once_however_many_try(storage: &Storage) {
    queue_many(storage, 30).await;
    let settlements: Vec<_> = claim(storage, NOON).await.iter().map(sent).collect();
    let mut settlers = JoinSet::new();
    for settler in 0..6 {
        let (outbox, mut settlements) = (storage.outbox.clone(), settlements.clone());
        settlements.rotate_left(settler * 5);
        if settler % 2 == 1 {
            settlements.reverse();
        }
        settlers.spawn(async move { outbox.settle(&settlements, NOON).await.unwrap() });
    }
    let outcomes = settlers.join_all().await.concat();
    assert_eq!(
        outcomes
            .iter()
            .filter(|outcome| **outcome == SettleOutcome::Settled)
            .count(),
        30
    );
    assert_eq!(outcomes.len(), 180);
}
