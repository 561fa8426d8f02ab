//! The issuer is away, or out of its mind.

use ringtrue_core::port::IdentityError;
use ringtrue_testkit::fake_issuer::{FakeIssuer, Mood, SigningKey};
use time::Duration;

use crate::support::{KEYS_LIFETIME, Outcome, claims, identify, now, outcome, trusting, with};

const MOODS: [Mood; 6] = [
    Mood::Down,
    Mood::Failing,
    Mood::Garbled,
    Mood::Huge,
    Mood::Redirecting,
    Mood::Misnamed,
];

#[tokio::test]
async fn while_the_issuer_is_away_known_keys_serve_and_new_ones_do_not() {
    for mood in MOODS {
        let issuer = FakeIssuer::start().await;
        let (clock, issuers) = trusting(&issuer);
        let known = issuer.token(&with("exp", (now() + 1_000_000).into()));
        assert_eq!(outcome(&*issuers, &known).await, Outcome::Ada);
        issuer.is(mood);
        clock.advance(Duration::seconds(KEYS_LIFETIME));
        assert_eq!(outcome(&*issuers, &known).await, Outcome::Ada, "{mood:?}");

        clock.advance(Duration::seconds(5));
        let stranger = SigningKey::es256("new");
        let new = stranger.jwt(&issuer.claims(&with("exp", (now() + 1_000_000).into())));
        assert_eq!(outcome(&*issuers, &new).await, Outcome::Unavailable, "{mood:?}");
        // It is not asked again at once.
        let asked = issuer.asked();
        for _ in 0..5 {
            assert_eq!(outcome(&*issuers, &new).await, Outcome::Unavailable, "{mood:?}");
            assert_eq!(outcome(&*issuers, &known).await, Outcome::Ada, "{mood:?}");
        }
        assert_eq!(issuer.asked(), asked, "{mood:?}");

        issuer.is(Mood::Well);
        issuer.add(stranger);
        clock.advance(Duration::seconds(5));
        assert_eq!(outcome(&*issuers, &new).await, Outcome::Ada, "{mood:?}");
    }
}

#[tokio::test]
async fn an_issuer_that_never_answered_makes_nobody_known_and_says_why() {
    for mood in MOODS {
        let issuer = FakeIssuer::start().await;
        issuer.is(mood);
        let (_, issuers) = trusting(&issuer);
        let Err(IdentityError::Unavailable(why)) = identify(&*issuers, &issuer.token(&claims())).await else {
            panic!("{mood:?} was believed");
        };
        let expected = match mood {
            Mood::Down => "the issuer does not answer",
            Mood::Failing => "the issuer answers with status 500",
            Mood::Garbled => "the issuer's answer is not a discovery document",
            Mood::Huge => "the issuer's answer breaks off, or is too long",
            Mood::Redirecting => "the issuer answers with status 302",
            Mood::Misnamed => "the discovery document is of another issuer",
            Mood::Well => unreachable!("it is not"),
        };
        assert!(why.to_string().starts_with(expected), "{why}");
    }
}

#[tokio::test]
async fn keys_of_an_issuer_that_stays_away_are_not_good_for_ever() {
    let issuer = FakeIssuer::start().await;
    let (clock, issuers) = trusting(&issuer);
    let token = issuer.token(&with("exp", (now() + 1_000_000).into()));
    assert_eq!(outcome(&*issuers, &token).await, Outcome::Ada);
    issuer.is(Mood::Down);
    clock.advance(Duration::DAY - Duration::SECOND);
    assert_eq!(outcome(&*issuers, &token).await, Outcome::Ada);
    clock.advance(Duration::SECOND);
    assert_eq!(outcome(&*issuers, &token).await, Outcome::Unavailable);
}

#[tokio::test]
async fn while_one_caller_fetches_outdated_keys_anew_the_others_do_not_wait() {
    let issuer = FakeIssuer::start().await;
    let (clock, issuers) = trusting(&issuer);
    let token = issuer.token(&claims());
    assert_eq!(outcome(&*issuers, &token).await, Outcome::Ada);
    clock.advance(Duration::seconds(KEYS_LIFETIME));
    issuer.hold();
    let fetching = tokio::spawn({
        let (issuers, token) = (issuers.clone(), token.clone());
        async move { outcome(&*issuers, &token).await }
    });
    while issuer.asked().discovery == 1 {
        tokio::task::yield_now().await;
    }
    assert_eq!(outcome(&*issuers, &token).await, Outcome::Ada);
    assert!(!fetching.is_finished());
    issuer.flow();
    assert_eq!(fetching.await.unwrap(), Outcome::Ada);
    assert_eq!(issuer.asked().keys, 2);
}
