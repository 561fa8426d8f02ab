//! The dispatcher at work, over storage in memory.

#![expect(clippy::unwrap_used, reason = "a helper that fails, fails its test")]

mod logs;
mod support;

use std::{collections::BTreeSet, time::Duration};

use ringtrue_core::{
    keys::{Key, KeyRing},
    port::{DeliverySignal, FailureReason, Outbox, SettleOutcome, Settlement, SettlementOutcome, SmsError},
};
use ringtrue_delivery::DispatcherOptions;
use ringtrue_testkit::builders::NOON;
use support::{Fault, Told, World, id, sent};
use time::{Duration as Span, ext::NumericalDuration};
use tokio::{
    task::yield_now,
    time::{Instant, advance, timeout},
};

/// Polls so rarely that whatever happens was not found by polling.
fn signalled() -> DispatcherOptions {
    DispatcherOptions {
        poll_interval: Duration::from_secs(100_000),
        ..DispatcherOptions::default()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn among_three_dispatchers_every_message_is_handed_off_once() {
    let world = World::new();
    let options = DispatcherOptions {
        concurrency: 7,
        batch_len_max: 3,
        ..DispatcherOptions::default()
    };
    let running: Vec<_> = (0..3).map(|_| world.run(options.clone())).collect();
    let mut queued = BTreeSet::new();
    for user in 0..300 {
        queued.insert(id(&world.queue(&format!("user-{user}")).await));
        running[user % 3].signal.message_queued();
    }
    let settled = world.outbox.settled(300).await;
    for dispatcher in running {
        dispatcher.stop().await;
    }
    assert_eq!(world.gateway.calls().len(), 300);
    assert_eq!(world.gateway.calls().into_iter().collect::<BTreeSet<_>>(), queued);
    assert!(settled.iter().all(|(settlement, outcome)| {
        settlement.outcome == sent(settlement.message) && *outcome == SettleOutcome::Settled
    }));
    assert_eq!(world.outbox.unsettled().await.unwrap(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_signal_wakes_it_without_polling() {
    let world = World::new();
    let running = world.run(signalled());
    world.outbox.called(2).await;
    advance(signalled().claim_interval).await;
    let queued = world.queue("ada").await;
    let began = Instant::now();
    running.signal.message_queued();
    assert_eq!(world.gateway.called(1).await, [id(&queued)]);
    assert_eq!(began.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn what_comes_close_together_is_claimed_and_settled_together() {
    let world = World::new();
    let running = world.run(signalled());
    world.outbox.called(2).await;
    advance(signalled().claim_interval).await;
    let (before, began) = (world.outbox.calls(), Instant::now());
    for user in 0..50 {
        world.queue(&format!("user-{user}")).await;
        running.signal.message_queued();
        advance(Duration::from_millis(1)).await;
    }
    world.outbox.settled(50).await;
    // A joint call is counted as the two that it does in one visit.
    let visits = world.outbox.calls() - before - world.outbox.joint();
    let intervals = began.elapsed().as_millis() / signalled().claim_interval.as_millis();
    assert!(intervals <= 5, "{intervals} intervals for 50 messages");
    assert!(
        visits as u128 <= intervals + 1,
        "{visits} visits in {intervals} intervals"
    );
    assert_eq!(world.gateway.calls().len(), 50);
}

#[tokio::test(start_paused = true)]
async fn what_was_signalled_before_a_claim_is_not_looked_for_again() {
    let world = World::new();
    let running = world.run(signalled());
    world.outbox.called(2).await;
    let calls = world.outbox.calls();
    for user in ["ada", "grace"] {
        world.queue(user).await;
        running.signal.message_queued();
        // It hears the first, and waits for its time to look.
        yield_now().await;
    }
    world.outbox.settled(2).await;
    assert_eq!(world.outbox.calls() - calls, 2, "a claim and a settlement");
}

#[tokio::test(start_paused = true)]
async fn a_signal_given_while_it_is_busy_is_not_lost() {
    let world = World::new();
    world.outbox.hold_claims();
    let running = world.run(signalled());
    // It has swept, and waits for the answer to a claim that found nothing.
    world.outbox.called(2).await;
    let began = Instant::now();
    let queued = world.queue("ada").await;
    running.signal.message_queued();
    world.outbox.release_claims();
    assert_eq!(world.gateway.called(1).await, [id(&queued)]);
    assert_eq!(began.elapsed(), signalled().claim_interval);
}

#[tokio::test(start_paused = true)]
async fn what_nobody_signalled_is_found_by_polling() {
    let world = World::new();
    let _running = world.run(DispatcherOptions::default());
    world.outbox.called(2).await;
    let began = Instant::now();
    let queued = world.queue("ada").await;
    assert_eq!(world.gateway.called(1).await, [id(&queued)]);
    assert!(began.elapsed() <= Duration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn more_messages_than_fit_at_once_follow_each_other_without_polling() {
    let world = World::new();
    for user in 0..20 {
        world.queue(&format!("user-{user}")).await;
    }
    let began = Instant::now();
    let options = DispatcherOptions {
        concurrency: 3,
        batch_len_max: 2,
        ..signalled()
    };
    world.gateway.hold();
    let _running = world.run(options);
    world.gateway.called(3).await;
    advance(Duration::from_secs(1)).await;
    assert_eq!(
        world.gateway.calls().len(),
        3,
        "no more than the concurrency at once"
    );
    world.gateway.release();
    world.outbox.settled(20).await;
    // Two at a time, and the last visit only settles.
    assert_eq!(
        began.elapsed(),
        Duration::from_secs(1) + signalled().claim_interval * 10
    );
}

#[tokio::test(start_paused = true)]
async fn what_has_ended_is_settled_by_the_call_that_claims_more() {
    let world = World::new();
    for user in 0..6 {
        world.queue(&format!("user-{user}")).await;
    }
    let options = DispatcherOptions {
        concurrency: 3,
        ..signalled()
    };
    let running = world.run(options);
    world.outbox.settled(6).await;
    running.stop().await;
    assert!(world.outbox.joint() > 0);
    assert_eq!(world.gateway.calls().len(), 6);
}

#[tokio::test(start_paused = true)]
async fn what_was_settled_long_ago_is_to_be_forgotten_at_every_look() {
    let world = World::new();
    let options = DispatcherOptions {
        retention: Some(Duration::from_hours(48)),
        ..DispatcherOptions::default()
    };
    let running = world.run(options);
    assert_eq!(world.outbox.forgets(1).await, [NOON - 48.hours()]);
    world.clock.advance(5.minutes());
    let forgets = world.outbox.forgets(2).await;
    assert_eq!(forgets[1], NOON - 48.hours() + 5.minutes());
    running.stop().await;
}

#[tokio::test(start_paused = true)]
async fn nothing_is_forgotten_unless_it_is_asked_for() {
    let world = World::new();
    let running = world.run(DispatcherOptions::default());
    world.outbox.called(4).await;
    running.stop().await;
    assert!(world.outbox.forgets(0).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_message_claimed_by_a_process_that_died_is_sent_when_its_lease_has_run_out() {
    let world = World::new();
    let queued = world.queue("ada").await;
    let lease = Span::seconds(30);
    let dead = world.outbox.claim(1, lease, NOON).await.unwrap();
    assert_eq!(dead.len(), 1);
    let running = world.run(DispatcherOptions::default());
    world.outbox.called(6).await;
    assert_eq!(world.gateway.calls(), []);
    world.clock.advance(lease);
    assert_eq!(world.gateway.called(1).await, [id(&queued)]);
    running.stop().await;
    assert_eq!(world.outbox.settled(1).await[0].1, SettleOutcome::Settled);
}

#[tokio::test(start_paused = true)]
async fn every_answer_of_the_gateway_settles_with_its_reason() {
    for (told, reason) in [
        (
            Told::Fail(SmsError::Refused {
                provider_code: Some(21_211),
            }),
            FailureReason::Refused,
        ),
        (
            Told::Fail(SmsError::Throttled { retry_after: None }),
            FailureReason::Throttled,
        ),
        (Told::Fail(SmsError::Unreachable), FailureReason::Unreachable),
        (Told::Fail(SmsError::Unknown), FailureReason::Unknown),
        (Told::Hang, FailureReason::Unknown),
        (Told::Panic, FailureReason::Unknown),
    ] {
        let world = World::new();
        world.gateway.tell(told);
        world.queue("ada").await;
        let running = world.run(DispatcherOptions::default());
        let (settlement, outcome) = world.outbox.settled(1).await.remove(0);
        assert_eq!(settlement.outcome, SettlementOutcome::Failed(reason));
        assert_eq!(outcome, SettleOutcome::Settled);
        running.stop().await;
        assert_eq!(world.gateway.calls().len(), 1, "nothing is tried again");
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_that_does_not_open_is_settled_as_unreadable() {
    let world = World::new();
    world.queue("ada").await;
    let other = KeyRing::new(vec![Key::new("k2", [1; 32])]).unwrap();
    let _running = world.run_with(DispatcherOptions::default(), other);
    let (settlement, _) = world.outbox.settled(1).await.remove(0);
    assert_eq!(
        settlement.outcome,
        SettlementOutcome::Failed(FailureReason::Unreadable)
    );
    assert_eq!(world.gateway.calls(), []);
}

#[tokio::test(start_paused = true)]
async fn a_message_superseded_on_its_way_stays_superseded_and_its_successor_is_sent() {
    let world = World::new();
    world.gateway.hold();
    let running = world.run(signalled());
    let first = world.queue("ada").await;
    running.signal.message_queued();
    world.gateway.called(1).await;
    let second = world.queue_again(&first).await;
    running.signal.message_queued();
    world.gateway.called(2).await;
    world.gateway.release();
    let settled = world.outbox.settled(2).await;
    let outcome_of = |message| settled.iter().find(|(s, _)| s.message == message).unwrap().1;
    assert_eq!(outcome_of(id(&first)), SettleOutcome::LeaseLost);
    assert_eq!(outcome_of(id(&second)), SettleOutcome::Settled);
}

#[tokio::test(start_paused = true)]
async fn a_lease_lost_to_another_is_not_overwritten() {
    let world = World::new();
    world.gateway.hold();
    world.queue("ada").await;
    let _running = world.run(signalled());
    world.gateway.called(1).await;
    world.clock.advance(31.seconds());
    let now = NOON + 31.seconds();
    let rival = world.outbox.claim(1, 30.seconds(), now).await.unwrap().remove(0);
    world.gateway.release();
    assert_eq!(world.outbox.settled(1).await[0].1, SettleOutcome::LeaseLost);
    let settlement = Settlement {
        message: rival.message.id,
        lease: rival.lease,
        outcome: SettlementOutcome::Failed(FailureReason::Unknown),
    };
    let settled = world.outbox.settle(&[settlement], now).await.unwrap();
    assert_eq!(settled, [SettleOutcome::Settled]);
}

#[tokio::test(start_paused = true)]
async fn a_message_claimed_again_while_on_its_way_is_not_sent_again() {
    let world = World::new();
    world.gateway.hold();
    world.queue("ada").await;
    let running = world.run(signalled());
    world.gateway.called(1).await;
    world.clock.advance(31.seconds());
    let calls = world.outbox.calls();
    running.signal.message_queued();
    world.outbox.called(calls + 1).await;
    world.gateway.release();
    assert_eq!(world.outbox.settled(1).await[0].1, SettleOutcome::Settled);
    running.stop().await;
    assert_eq!(world.gateway.calls().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_expired_message_is_not_sent_and_goes_away() {
    let world = World::new();
    world.queue("ada").await;
    world.clock.advance(10.minutes());
    let running = world.run(DispatcherOptions::default());
    world.outbox.called(2).await;
    running.stop().await;
    assert_eq!(world.gateway.calls(), []);
    assert_eq!(world.outbox.unsettled().await.unwrap(), 0);
}

#[tokio::test(start_paused = true)]
async fn more_than_expire_with_one_look_are_gone_before_the_next_is_due() {
    let world = World::new();
    for user in 0..2_500 {
        world.queue(&format!("user-{user}")).await;
    }
    world.clock.advance(10.minutes());
    let options = DispatcherOptions::default();
    let next_look = options.poll_interval;
    let running = world.run(options);
    let all_gone = async {
        while world.outbox.unsettled().await.unwrap() > 0 {
            world.outbox.called(world.outbox.calls() + 1).await;
        }
    };
    timeout(next_look / 2, all_gone).await.unwrap();
    running.stop().await;
    assert_eq!(world.gateway.calls(), []);
}

#[tokio::test(start_paused = true)]
async fn expiry_that_fails_keeps_no_message_from_being_sent() {
    let world = World::new();
    world.outbox.fail(Fault::ExpiresNothing);
    let queued = world.queue("ada").await;
    let running = world.run(DispatcherOptions::default());
    assert_eq!(world.gateway.called(1).await, [id(&queued)]);
    assert_eq!(world.outbox.settled(1).await[0].1, SettleOutcome::Settled);
    running.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_message_that_expires_between_claim_and_hand_off_is_not_sent() {
    let world = World::new();
    world.queue("ada").await;
    world.clock.advance(9.minutes() + 50.seconds());
    world.outbox.slow_claim(10.seconds());
    let running = world.run(DispatcherOptions::default());
    // Once around: sweep and claim, then sweep and claim again.
    world.outbox.called(4).await;
    running.stop().await;
    assert_eq!(world.gateway.calls(), []);
    assert_eq!(world.outbox.unsettled().await.unwrap(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_claim_that_is_nearly_over_is_left_to_the_next() {
    let world = World::new();
    let queued = world.queue("ada").await;
    // 30 s of lease, of which a hand-off may take 12.
    world.outbox.slow_claim(19.seconds());
    let running = world.run(DispatcherOptions::default());
    world.outbox.called(4).await;
    assert_eq!(world.gateway.calls(), []);
    world.clock.advance(11.seconds());
    assert_eq!(world.gateway.called(1).await, [id(&queued)]);
    running.stop().await;
    assert_eq!(world.gateway.calls().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn storage_that_fails_is_tried_again_without_haste_until_it_recovers() {
    let world = World::new();
    let queued = world.queue("ada").await;
    world.outbox.fail(Fault::Unavailable(10));
    let began = Instant::now();
    let running = world.run(signalled());
    // Signals do not shorten the wait.
    world.outbox.called(1).await;
    for _ in 0..100 {
        running.signal.message_queued();
        yield_now().await;
    }
    assert_eq!(world.outbox.calls(), 1);
    assert_eq!(world.gateway.called(1).await, [id(&queued)]);
    let waits = [100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000, 5_000, 5_000];
    assert!(began.elapsed() >= Duration::from_millis(waits.iter().sum()));
    assert_eq!(world.outbox.settled(1).await[0].1, SettleOutcome::Settled);
}

#[tokio::test(start_paused = true)]
async fn a_settlement_that_fails_is_repeated_and_the_message_is_not() {
    let world = World::new();
    world.gateway.hold();
    let queued = world.queue("ada").await;
    let running = world.run(signalled());
    world.gateway.called(1).await;
    world.outbox.fail(Fault::Unavailable(5));
    world.gateway.release();
    let (settlement, outcome) = world.outbox.settled(1).await.remove(0);
    assert_eq!(settlement.outcome, sent(id(&queued)));
    assert_eq!(outcome, SettleOutcome::Settled);
    running.stop().await;
    assert_eq!(world.gateway.calls().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_settlement_that_storage_refuses_holds_up_no_other_and_is_not_sent_again() {
    let world = World::new();
    world.gateway.hold();
    let (poison, other) = (world.queue("eve").await, world.queue("ada").await);
    let running = world.run(DispatcherOptions::default());
    world.gateway.called(2).await;
    // Once among others, then alone.
    world.outbox.fail(Fault::Rejects(id(&poison), 2));
    world.gateway.release();
    let settled = world.outbox.settled(1).await;
    assert_eq!(settled[0].0.message, id(&other));
    // The next claim, when the lease has run out, settles it.
    world.clock.advance(31.seconds());
    let settled = world.outbox.settled(2).await;
    assert_eq!(settled[1].0.message, id(&poison));
    assert_eq!(settled[1].1, SettleOutcome::Settled);
    running.stop().await;
    assert_eq!(world.gateway.calls().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn shutting_down_claims_nothing_more_and_settles_what_is_on_its_way() {
    let world = World::new();
    for user in ["ada", "bob", "eve"] {
        world.queue(user).await;
    }
    world.gateway.hold();
    let running = world.run(DispatcherOptions {
        concurrency: 2,
        ..DispatcherOptions::default()
    });
    world.gateway.called(2).await;
    let signal = running.signal.clone();
    let stopping = running.ask_to_stop();
    yield_now().await;
    signal.message_queued();
    world.gateway.release();
    stopping.await.unwrap();
    assert_eq!(world.gateway.calls().len(), 2);
    assert_eq!(world.outbox.settled(2).await.len(), 2);
    // The third was not touched: it can be claimed at once.
    let left = world.outbox.claim(9, 30.seconds(), NOON).await.unwrap();
    assert_eq!(
        left.iter().map(|claimed| claimed.attempt).collect::<Vec<_>>(),
        [1]
    );
}

#[tokio::test(start_paused = true)]
async fn shutting_down_ends_even_if_storage_is_gone() {
    let world = World::new();
    world.gateway.hold();
    world.queue("ada").await;
    let running = world.run(DispatcherOptions::default());
    world.gateway.called(1).await;
    world.outbox.fail(Fault::Unavailable(usize::MAX));
    world.gateway.release();
    let began = Instant::now();
    running.stop().await;
    assert_eq!(began.elapsed(), DispatcherOptions::default().drain_max);
}
