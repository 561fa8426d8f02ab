//! Which tokens are taken, and which are not.

use std::sync::Arc;

use ringtrue_core::{
    OrgId,
    access::{Grant, Role},
};
use ringtrue_oidc::JwtIssuers;
use ringtrue_testkit::fake_issuer::{FakeIssuer, SigningKey, assemble};
use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::support::{Outcome, SKEW, claims, clock, config, identify, now, outcome, trusting, with};

#[tokio::test]
#[expect(
    clippy::too_many_lines,
    reason = "a table, which a function of its own would only move"
)]
async fn the_claims_decide_whether_a_token_is_taken() {
    let issuer = FakeIssuer::start().await;
    let (_, issuers) = trusting(&issuer);
    let table: Vec<(&str, Value, Outcome)> = vec![
        ("as it should be", claims(), Outcome::Ada),
        (
            "several audiences",
            with("aud", json!(["x", "ringtrue"])),
            Outcome::Ada,
        ),
        (
            "another issuer",
            with("iss", json!("https://other.example")),
            Outcome::Invalid,
        ),
        (
            "the issuer with a slash",
            with("iss", json!(format!("{}/", issuer.issuer()))),
            Outcome::Invalid,
        ),
        (
            "an issuer that is no text",
            with("iss", json!([issuer.issuer()])),
            Outcome::Invalid,
        ),
        (
            "another audience",
            with("aud", json!("someone")),
            Outcome::Invalid,
        ),
        (
            "other audiences",
            with("aud", json!(["someone", "else"])),
            Outcome::Invalid,
        ),
        (
            "an audience that begins like ours",
            with("aud", json!("ringtrue-2")),
            Outcome::Invalid,
        ),
        (
            "an audience that is no text",
            with("aud", json!([1, "ringtrue"])),
            Outcome::Invalid,
        ),
        ("no audience", with("aud", Value::Null), Outcome::Invalid),
        (
            "expired just now",
            with("exp", json!(now() - SKEW)),
            Outcome::Invalid,
        ),
        (
            "expired within the clocks' difference",
            with("exp", json!(now() - SKEW + 1)),
            Outcome::Ada,
        ),
        ("no end", with("exp", Value::Null), Outcome::Invalid),
        (
            "an end that is a text",
            with("exp", json!((now() + 60).to_string())),
            Outcome::Invalid,
        ),
        (
            "an end beyond all time",
            with("exp", json!(1e18)),
            Outcome::Invalid,
        ),
        (
            "an end with a fraction",
            with("exp", json!(1_767_272_400.5)),
            Outcome::Ada,
        ),
        (
            "not yet valid",
            with("nbf", json!(now() + SKEW + 1)),
            Outcome::Invalid,
        ),
        (
            "valid within the clocks' difference",
            with("nbf", json!(now() + SKEW)),
            Outcome::Ada,
        ),
        (
            "a beginning that is a text",
            with("nbf", json!("now")),
            Outcome::Invalid,
        ),
        (
            "issued in the future",
            with("iat", json!(now() + SKEW + 1)),
            Outcome::Invalid,
        ),
        ("not said when issued", with("iat", Value::Null), Outcome::Ada),
        ("no subject", with("sub", Value::Null), Outcome::Invalid),
        ("an empty subject", with("sub", json!("")), Outcome::Invalid),
        (
            "a subject that is a number",
            with("sub", json!(1)),
            Outcome::Invalid,
        ),
        (
            "a subject with a line feed",
            with("sub", json!("a\nb")),
            Outcome::Invalid,
        ),
        (
            "a holder who acts as the subject",
            with("act", json!({ "sub": "mallory" })),
            Outcome::Invalid,
        ),
    ];
    for (what, claims, expected) in table {
        assert_eq!(
            outcome(&*issuers, &issuer.token(&claims)).await,
            expected,
            "{what}"
        );
    }
}

#[tokio::test]
async fn a_token_ends_by_the_clock_while_its_key_is_known() {
    let issuer = FakeIssuer::start().await;
    let (clock, issuers) = trusting(&issuer);
    let token = issuer.token(&claims());
    let identity = identify(&*issuers, &token).await.unwrap();
    let end = OffsetDateTime::from_unix_timestamp(now() + 3_600 + SKEW).unwrap();
    assert_eq!(identity.expires_at, Some(end));
    clock.advance(time::Duration::seconds(3_600 + SKEW - 1));
    assert_eq!(outcome(&*issuers, &token).await, Outcome::Ada);
    clock.advance(time::Duration::SECOND);
    assert_eq!(outcome(&*issuers, &token).await, Outcome::Invalid);
}

#[tokio::test]
async fn every_kind_of_public_key_is_understood() {
    let issuer = FakeIssuer::start().await;
    for key in [
        SigningKey::es256("a"),
        SigningKey::eddsa("b"),
        SigningKey::rs256("c"),
    ] {
        let header = key.header();
        issuer.rotate(key);
        let (_, issuers) = trusting(&issuer);
        assert_eq!(
            outcome(&*issuers, &issuer.token(&claims())).await,
            Outcome::Ada,
            "{header}"
        );
    }
}

/// Headers that a forger would try, each with a signature that a careless check would believe.
#[tokio::test]
async fn no_header_makes_a_forgery_pass() {
    let issuer = FakeIssuer::start().await;
    let rsa = SigningKey::rs256("rsa");
    let stranger = SigningKey::es256("first");
    issuer.add(rsa.clone());
    let (_, issuers) = trusting(&issuer);
    let payload = issuer.claims(&claims()).to_string();
    let hmac = |algorithm: &str, kid: &str, secret: &[u8]| {
        let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, secret);
        let header = json!({ "alg": algorithm, "kid": kid }).to_string();
        assemble(&header, &payload, |message| {
            aws_lc_rs::hmac::sign(&key, message).as_ref().to_vec()
        })
    };
    let signed = |header: &Value| rsa.jwt_of(&header.to_string(), &payload);
    let unsigned = |header: &Value| assemble(&header.to_string(), &payload, |_| Vec::new());
    let jwk = rsa.jwk();
    let modulus = jwk["n"].as_str().unwrap().as_bytes();
    let forgeries = [
        ("no signature", unsigned(&json!({ "alg": "none" }))),
        (
            "no signature, in capitals",
            unsigned(&json!({ "alg": "NONE", "kid": "rsa" })),
        ),
        (
            "an empty signature",
            unsigned(&json!({ "alg": "RS256", "kid": "rsa" })),
        ),
        (
            "the public key as a secret",
            hmac("HS256", "rsa", &rsa.public_bytes()),
        ),
        ("the modulus as a secret", hmac("HS256", "rsa", modulus)),
        (
            "the key set as a secret",
            hmac("HS256", "rsa", jwk.to_string().as_bytes()),
        ),
        ("an empty secret", hmac("HS256", "none", b"")),
        (
            "a stranger's key of that name",
            stranger.jwt(&issuer.claims(&claims())),
        ),
        (
            "another key's name",
            signed(&json!({ "alg": "RS256", "kid": "first" })),
        ),
        (
            "another key's algorithm",
            signed(&json!({ "alg": "ES256", "kid": "rsa" })),
        ),
        (
            "an algorithm that is not allowed",
            assemble(
                &json!({ "alg": "PS256", "kid": "rsa" }).to_string(),
                &payload,
                |message| rsa.sign_pss(message),
            ),
        ),
        (
            "an extension that has to be understood",
            signed(&json!({ "alg": "RS256", "kid": "rsa", "crit": ["b64"], "b64": false })),
        ),
        (
            "an empty list of extensions",
            signed(&json!({ "alg": "RS256", "kid": "rsa", "crit": [] })),
        ),
        (
            "an algorithm that stands twice",
            rsa.jwt_of(r#"{"alg":"RS256","alg":"RS256","kid":"rsa"}"#, &payload),
        ),
        (
            "the key in the header",
            stranger.jwt_of(
                &json!({ "alg": "ES256", "jwk": stranger.jwk() }).to_string(),
                &payload,
            ),
        ),
        (
            "the keys' address in the header",
            stranger.jwt_of(
                &json!({ "alg": "ES256", "jku": "http://127.0.0.1:1/keys" }).to_string(),
                &payload,
            ),
        ),
    ];
    let good = signed(&json!({ "alg": "RS256", "kid": "rsa" }));
    assert_eq!(
        outcome(&*issuers, &good).await,
        Outcome::Ada,
        "the one that is genuine"
    );
    for (what, token) in forgeries {
        assert_eq!(outcome(&*issuers, &token).await, Outcome::Invalid, "{what}");
    }
}

#[tokio::test]
async fn a_token_that_was_changed_is_refused_wherever_it_was() {
    let issuer = FakeIssuer::start().await;
    let (_, issuers) = trusting(&issuer);
    let token = issuer.token(&claims());
    for at in (0..token.len()).step_by(7) {
        let mut bytes = token.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(bytes).unwrap();
        let outcome = outcome(&*issuers, &changed).await;
        assert_ne!(outcome, Outcome::Ada, "byte {at} of {}", token.len());
    }
}

#[tokio::test]
async fn what_is_no_token_is_refused_without_asking_anybody() {
    let issuer = FakeIssuer::start().await;
    let (_, issuers) = trusting(&issuer);
    let mut long = claims();
    long["filler"] = json!("x".repeat(20_000));
    let twice = issuer
        .claims(&claims())
        .to_string()
        .replacen('{', r#"{"sub":"mallory","#, 1);
    let key = SigningKey::es256("first");
    for token in [
        String::new(),
        ".".to_owned(),
        "..".to_owned(),
        "a.b.c".to_owned(),
        "eyJhbGciOiJFUzI1NiJ9".to_owned(),
        "eyJhbGciOiJFUzI1NiJ9.e30".to_owned(),
        "eyJhbGciOiJFUzI1NiJ9.e30.c2ln".to_owned(),
        "eyJhbGciOiJFUzI1NiJ9.!!!.c2ln".to_owned(),
        "eyJhbGciOiJFUzI1NiJ9.W10.c2ln".to_owned(),
        "eyJhbGciOiJFUzI1NiJ9..c2ln.d".to_owned(),
        "é.é.é".to_owned(),
        "[".repeat(16_000),
        issuer.token(&long),
        key.jwt_of(&key.header().to_string(), &twice),
        key.jwt_of(&key.header().to_string(), &"[".repeat(10_000)),
    ] {
        let shown: String = token.chars().take(40).collect();
        assert_eq!(outcome(&*issuers, &token).await, Outcome::Invalid, "{shown}");
    }
    assert_eq!(issuer.asked(), ringtrue_testkit::fake_issuer::Asked::default());
}

#[tokio::test]
async fn a_token_without_a_keys_name_is_checked_by_all_of_them() {
    let issuer = FakeIssuer::start().await;
    let second = SigningKey::es256("second");
    issuer.add(second.clone());
    let (_, issuers) = trusting(&issuer);
    let payload = issuer.claims(&claims()).to_string();
    let header = json!({ "alg": "ES256" }).to_string();
    assert_eq!(
        outcome(&*issuers, &second.jwt_of(&header, &payload)).await,
        Outcome::Ada
    );
    let stranger = SigningKey::es256("second");
    assert_eq!(
        outcome(&*issuers, &stranger.jwt_of(&header, &payload)).await,
        Outcome::Invalid
    );
}

#[tokio::test]
async fn each_issuer_vouches_for_its_own_tokens_alone() {
    let (one, two) = (FakeIssuer::start().await, FakeIssuer::start().await);
    let (_, clock) = clock();
    let issuers = Arc::new(JwtIssuers::new(vec![config(&one), config(&two)], &clock).unwrap());
    for issuer in [&one, &two] {
        assert_eq!(outcome(&*issuers, &issuer.token(&claims())).await, Outcome::Ada);
    }
    // Both have a key of this name; each has its own.
    let crossed = one.token(&with("iss", json!(two.issuer())));
    assert_eq!(outcome(&*issuers, &crossed).await, Outcome::Invalid);
}

#[tokio::test]
async fn roles_are_those_of_the_configured_claim() {
    let issuer = FakeIssuer::start().await;
    let (_, issuers) = trusting(&issuer);
    let roles = json!({ "phones": { "acme": "acme.example" }, "IAM_OWNER": { "acme": "acme.example" } });
    let token = issuer.token(&with("urn:zitadel:iam:org:project:roles", roles));
    let grants = identify(&*issuers, &token).await.unwrap().actor.grants;
    let acme = OrgId::parse("acme").unwrap();
    assert_eq!(grants, [Grant::new(Role::OrgUserManager, Some(acme)).unwrap()]);
    let plain = identify(&*issuers, &issuer.token(&claims())).await.unwrap();
    assert_eq!(plain.actor.grants, []);
}
