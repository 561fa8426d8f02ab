//! Keys come and go.

use ringtrue_testkit::fake_issuer::{FakeIssuer, Mood, SigningKey};
use time::Duration;

use crate::support::{KEYS_LIFETIME, Outcome, claims, now, outcome, trusting, with};

/// How long an issuer is left alone after it was asked.
const FLOOR: Duration = Duration::seconds(5);

#[tokio::test]
async fn keys_are_fetched_once_for_many_tokens() {
    let issuer = FakeIssuer::start().await;
    let (_, issuers) = trusting(&issuer);
    for _ in 0..20 {
        assert_eq!(outcome(&*issuers, &issuer.token(&claims())).await, Outcome::Ada);
    }
    assert_eq!((issuer.asked().discovery, issuer.asked().keys), (1, 1));
}

#[tokio::test]
async fn a_token_of_a_new_key_is_taken_as_soon_as_the_key_is_published() {
    let issuer = FakeIssuer::start().await;
    let (clock, issuers) = trusting(&issuer);
    let old = issuer.token(&claims());
    assert_eq!(outcome(&*issuers, &old).await, Outcome::Ada);
    clock.advance(FLOOR);
    issuer.add(SigningKey::eddsa("second"));
    assert_eq!(outcome(&*issuers, &issuer.token(&claims())).await, Outcome::Ada);
    assert_eq!(outcome(&*issuers, &old).await, Outcome::Ada);
    assert_eq!(issuer.asked().keys, 2);
}

#[tokio::test]
async fn keys_that_nobody_knows_do_not_make_us_ask_all_the_time() {
    let issuer = FakeIssuer::start().await;
    let (clock, issuers) = trusting(&issuer);
    assert_eq!(outcome(&*issuers, &issuer.token(&claims())).await, Outcome::Ada);
    for made_up in 0..50 {
        let stranger = SigningKey::es256(&format!("made-up-{made_up}"));
        let token = stranger.jwt(&issuer.claims(&claims()));
        assert_eq!(outcome(&*issuers, &token).await, Outcome::Invalid);
    }
    assert_eq!(issuer.asked().keys, 1);
    clock.advance(FLOOR);
    let stranger = SigningKey::es256("made-up").jwt(&issuer.claims(&claims()));
    for _ in 0..50 {
        assert_eq!(outcome(&*issuers, &stranger).await, Outcome::Invalid);
    }
    assert_eq!(issuer.asked().keys, 2);
}

#[tokio::test]
async fn a_key_that_was_withdrawn_is_good_until_the_keys_lifetime_is_over() {
    let issuer = FakeIssuer::start().await;
    let (clock, issuers) = trusting(&issuer);
    let old = issuer.token(&claims());
    assert_eq!(outcome(&*issuers, &old).await, Outcome::Ada);
    issuer.rotate(SigningKey::es256("second"));
    clock.advance(Duration::seconds(KEYS_LIFETIME - 1));
    assert_eq!(outcome(&*issuers, &old).await, Outcome::Ada);
    clock.advance(Duration::SECOND);
    assert_eq!(outcome(&*issuers, &old).await, Outcome::Invalid);
}

#[tokio::test]
async fn keys_that_stay_in_use_are_fetched_anew_before_their_lifetime_is_over_and_nobody_waits() {
    let issuer = FakeIssuer::start().await;
    let (clock, issuers) = trusting(&issuer);
    let claims = with("exp", (now() + 10 * KEYS_LIFETIME).into());
    let old = issuer.token(&claims);
    assert_eq!(outcome(&*issuers, &old).await, Outcome::Ada);
    clock.advance(Duration::seconds(KEYS_LIFETIME / 2 - 1));
    assert_eq!(outcome(&*issuers, &old).await, Outcome::Ada);
    assert_eq!(issuer.asked().discovery, 1, "in the first half nobody asks");

    clock.advance(Duration::SECOND);
    issuer.hold();
    issuer.rotate(SigningKey::es256("second"));
    while issuer.asked().discovery == 1 {
        // Who asks is not who waits.
        assert_eq!(outcome(&*issuers, &old).await, Outcome::Ada);
        tokio::task::yield_now().await;
    }
    issuer.flow();
    while outcome(&*issuers, &old).await == Outcome::Ada {
        tokio::task::yield_now().await;
    }
    assert_eq!((issuer.asked().discovery, issuer.asked().keys), (2, 2));

    // Their lifetime began anew: when the first one is over, nobody waits for an issuer that is silent.
    issuer.hold();
    clock.advance(Duration::seconds(KEYS_LIFETIME / 2 + 1));
    let token = issuer.token(&claims);
    tokio::select! {
        biased;
        found = outcome(&*issuers, &token) => assert_eq!(found, Outcome::Ada),
        () = std::future::ready(()) => panic!("the caller waits"),
    }
}

#[tokio::test]
async fn an_issuer_that_fails_in_the_background_is_left_alone_for_a_while_and_known_keys_serve() {
    let issuer = FakeIssuer::start().await;
    let (clock, issuers) = trusting(&issuer);
    let token = issuer.token(&claims());
    assert_eq!(outcome(&*issuers, &token).await, Outcome::Ada);
    issuer.is(Mood::Failing);
    clock.advance(Duration::seconds(KEYS_LIFETIME / 2));
    for times in 2..=3 {
        while issuer.asked().discovery < times {
            assert_eq!(outcome(&*issuers, &token).await, Outcome::Ada);
            tokio::task::yield_now().await;
        }
        for _ in 0..20 {
            assert_eq!(outcome(&*issuers, &token).await, Outcome::Ada);
            tokio::task::yield_now().await;
        }
        assert_eq!(issuer.asked().discovery, times);
        clock.advance(FLOOR);
    }
}

#[tokio::test]
async fn callers_who_need_the_keys_at_once_share_a_fetch() {
    let issuer = FakeIssuer::start().await;
    let (_, issuers) = trusting(&issuer);
    let token = issuer.token(&claims());
    let callers: Vec<_> = (0..32)
        .map(|_| {
            let (issuers, token) = (issuers.clone(), token.clone());
            tokio::spawn(async move { outcome(&*issuers, &token).await })
        })
        .collect();
    for caller in callers {
        assert_eq!(caller.await.unwrap(), Outcome::Ada);
    }
    assert_eq!((issuer.asked().discovery, issuer.asked().keys), (1, 1));
}

#[tokio::test]
async fn the_keys_are_there_before_the_first_caller() {
    let issuer = FakeIssuer::start().await;
    let (_, issuers) = trusting(&issuer);
    issuers.warm_up().await;
    assert_eq!(issuer.asked().keys, 1);
    assert_eq!(outcome(&*issuers, &issuer.token(&claims())).await, Outcome::Ada);
    assert_eq!(issuer.asked().keys, 1);
}
