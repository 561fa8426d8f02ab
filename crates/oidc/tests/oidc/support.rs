use std::{sync::Arc, time::Duration};

use ringtrue_core::{
    access::{Role, Subject},
    port::{Clock, Identity, IdentityError, IdentityProvider},
    token::AccessToken,
};
use ringtrue_memory::ManualClock;
use ringtrue_oidc::{
    Audiences, Introspection, IntrospectionConfig, IssuerConfig, JwtIssuers, RoleRules, SignatureAlgorithm,
};
use ringtrue_testkit::{
    builders::{NOON, user_id},
    fake_issuer::{CLIENT_ID, CLIENT_SECRET, FakeIssuer},
};
use serde_json::{Value, json};

/// Whom tokens are meant for.
pub(crate) const AUDIENCE: &str = "ringtrue";
/// By how much clocks may differ, in seconds.
pub(crate) const SKEW: i64 = 30;
/// How long keys are good, in seconds.
pub(crate) const KEYS_LIFETIME: i64 = 600;

/// Now, as every clock here begins.
pub(crate) fn now() -> i64 {
    NOON.unix_timestamp()
}

/// The claims of a token that is good for an hour.
pub(crate) fn claims() -> Value {
    json!({ "sub": "ada", "aud": AUDIENCE, "iat": now(), "exp": now() + 3_600 })
}

/// These claims with one of them changed; `null` takes it away.
pub(crate) fn with(name: &str, value: Value) -> Value {
    let mut claims = claims();
    let members = claims.as_object_mut().unwrap();
    match value {
        Value::Null => members.remove(name),
        value => members.insert(name.to_owned(), value),
    };
    claims
}

/// How this issuer is configured.
pub(crate) fn config(issuer: &FakeIssuer) -> IssuerConfig {
    let algorithms = ["ES256", "EdDSA", "RS256"].map(|name| SignatureAlgorithm::find(name).unwrap());
    IssuerConfig {
        issuer: issuer.issuer(),
        audiences: Audiences::new(vec!["other".to_owned(), AUDIENCE.to_owned()]).unwrap(),
        algorithms: algorithms.to_vec(),
        roles: RoleRules {
            roles_claim: "urn:zitadel:iam:org:project:roles".to_owned(),
            organization_claim: "urn:zitadel:iam:user:resourceowner:id".to_owned(),
            roles: vec![("phones".to_owned(), Role::OrgUserManager)],
        },
        clock_skew: Duration::from_secs(SKEW.unsigned_abs()),
        keys_lifetime: Duration::from_secs(KEYS_LIFETIME.unsigned_abs()),
    }
}

/// A clock at noon, as a port and as hands.
pub(crate) fn clock() -> (ManualClock, Arc<dyn Clock>) {
    let clock = ManualClock::default();
    (clock.clone(), Arc::new(clock))
}

/// One who trusts this issuer.
pub(crate) fn trusting(issuer: &FakeIssuer) -> (ManualClock, Arc<JwtIssuers>) {
    let (hands, clock) = clock();
    (
        hands,
        Arc::new(JwtIssuers::new(vec![config(issuer)], &clock).unwrap()),
    )
}

/// One who asks this issuer.
pub(crate) fn asking(issuer: &FakeIssuer, endpoint: Option<String>) -> (ManualClock, Introspection) {
    let (hands, clock) = clock();
    let access = IntrospectionConfig {
        client_id: CLIENT_ID.to_owned(),
        client_secret: CLIENT_SECRET.into(),
        endpoint,
    };
    (hands, Introspection::new(config(issuer), access, &clock).unwrap())
}

/// What became of a token.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Ada,
    Invalid,
    Unavailable,
}

pub(crate) async fn outcome(provider: &dyn IdentityProvider, token: &str) -> Outcome {
    match identify(provider, token).await {
        Ok(identity) => {
            assert_eq!(identity.actor.subject, Subject::User(user_id("ada")));
            Outcome::Ada
        }
        Err(IdentityError::Invalid) => Outcome::Invalid,
        Err(IdentityError::Unavailable(_)) => Outcome::Unavailable,
    }
}

pub(crate) async fn identify(
    provider: &dyn IdentityProvider,
    token: &str,
) -> Result<Identity, IdentityError> {
    provider.identify(&AccessToken::new(token)).await
}
