//! Opaque tokens.

use ringtrue_testkit::fake_issuer::{FakeIssuer, Mood};
use serde_json::{Value, json};

use crate::support::{Outcome, SKEW, asking, claims, now, outcome, with};

#[tokio::test]
async fn the_issuers_answer_decides_whether_a_token_is_taken() {
    let issuer = FakeIssuer::start().await;
    let (_, introspection) = asking(&issuer, None);
    let table: Vec<(&str, Value, Outcome)> = vec![
        ("as it should be", claims(), Outcome::Ada),
        ("nothing but the subject", json!({ "sub": "ada" }), Outcome::Ada),
        ("not active", with("active", json!(false)), Outcome::Invalid),
        (
            "active, in a text",
            with("active", json!("true")),
            Outcome::Invalid,
        ),
        (
            "of another issuer",
            with("iss", json!("https://other.example")),
            Outcome::Invalid,
        ),
        (
            "meant for others",
            with("aud", json!(["someone"])),
            Outcome::Invalid,
        ),
        ("expired", with("exp", json!(now() - SKEW)), Outcome::Invalid),
        (
            "an end that is a text",
            with("exp", json!("tomorrow")),
            Outcome::Invalid,
        ),
        (
            "not yet valid",
            with("nbf", json!(now() + SKEW + 1)),
            Outcome::Invalid,
        ),
        ("no subject", with("sub", Value::Null), Outcome::Invalid),
        (
            "a holder who acts as the subject",
            with("act", json!({})),
            Outcome::Invalid,
        ),
    ];
    for (what, claims, expected) in table {
        issuer.opaque("opaque", &claims);
        assert_eq!(outcome(&introspection, "opaque").await, expected, "{what}");
    }
    assert_eq!(outcome(&introspection, "unknown").await, Outcome::Invalid);
    issuer.revoke("opaque");
    assert_eq!(outcome(&introspection, "opaque").await, Outcome::Invalid);
}

#[tokio::test]
async fn a_token_with_any_characters_is_asked_about_as_it_is() {
    let issuer = FakeIssuer::start().await;
    let (_, introspection) = asking(&issuer, None);
    for token in ["a&token=b", "a b+c%20", "é…", "x.y", "a=b&client_secret=c"] {
        issuer.opaque(token, &claims());
        assert_eq!(outcome(&introspection, token).await, Outcome::Ada, "{token}");
    }
}

#[tokio::test]
async fn the_endpoint_may_be_configured_and_then_discovery_is_not_needed() {
    let issuer = FakeIssuer::start().await;
    issuer.opaque("opaque", &claims());
    let (_, introspection) = asking(&issuer, Some(format!("{}/introspect", issuer.issuer())));
    assert_eq!(outcome(&introspection, "opaque").await, Outcome::Ada);
    assert_eq!(issuer.asked().discovery, 0);
    let (_, astray) = asking(&issuer, Some(format!("{}/nowhere", issuer.issuer())));
    assert_eq!(outcome(&astray, "opaque").await, Outcome::Unavailable);
}

#[tokio::test]
async fn what_cannot_be_asked_about_is_not_believed() {
    for mood in [Mood::Down, Mood::Failing, Mood::Huge, Mood::Redirecting] {
        let issuer = FakeIssuer::start().await;
        issuer.opaque("opaque", &claims());
        let (_, introspection) = asking(&issuer, None);
        assert_eq!(outcome(&introspection, "opaque").await, Outcome::Ada);
        issuer.is(mood);
        assert_eq!(
            outcome(&introspection, "opaque").await,
            Outcome::Unavailable,
            "{mood:?}"
        );
        issuer.is(Mood::Well);
        assert_eq!(outcome(&introspection, "opaque").await, Outcome::Ada);
    }
}
