//! Tokens of an identity provider, at the real binary.

use std::time::{SystemTime, UNIX_EPOCH};

use ringtrue_testkit::fake_issuer::{CLIENT_ID, CLIENT_SECRET, FakeIssuer, Mood, SigningKey};
use serde_json::{Value, json};

use super::user::User;
use crate::support::{ADMIN, Ringtrue, Setup, http::call};

const PROJECT: &str = "312345678901234567";
const ROLES: &str = "urn:zitadel:iam:org:project:roles";

fn trusting(issuer: &FakeIssuer) -> Setup {
    Setup::new()
        .with("RINGTRUE_AUTH__ISSUERS__0__ISSUER", &issuer.issuer())
        .with("RINGTRUE_AUTH__ISSUERS__0__AUDIENCE", PROJECT)
        .with(
            "RINGTRUE_AUTH__ISSUERS__0__ROLES",
            "phone-manager=ORG_USER_MANAGER",
        )
        .with("RINGTRUE_AUTH__ISSUERS__0__CLIENT_ID", CLIENT_ID)
        .with("RINGTRUE_AUTH__ISSUERS__0__CLIENT_SECRET", CLIENT_SECRET)
}

/// The claims of a token that is good for an hour.
#[expect(
    clippy::disallowed_methods,
    reason = "the binary under test has the system's clock"
)]
fn claims(user: &str, roles: &Value) -> Value {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    json!({ "sub": user, "aud": [PROJECT], "iat": now, "exp": now + 3_600, ROLES: roles })
}

fn set_phone(server: &Ringtrue, token: &str, user: &str, request: &Value) -> (u16, Value) {
    let reply = call(
        server.address(),
        "POST",
        &format!("/v2/users/{user}/phone"),
        token,
        request,
    );
    (reply.status, reply.json)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_users_own_token_reaches_that_user_and_never_verifies_a_number_by_itself() {
    let issuer = FakeIssuer::start().await;
    let server = trusting(&issuer).start();
    User::create(&server, "bo");
    User::create(&server, "cy");
    let none = json!({});
    issuer.opaque("opaque-token-of-bo", &claims("bo", &none));
    for (nth, token) in [
        issuer.token(&claims("bo", &none)),
        "opaque-token-of-bo".to_owned(),
    ]
    .into_iter()
    .enumerate()
    {
        let phone = format!("+4179123450{nth}");
        assert_eq!(
            set_phone(&server, &token, "bo", &json!({ "phone": phone })).0,
            200
        );
        assert_eq!(
            set_phone(&server, &token, "cy", &json!({ "phone": phone })).0,
            403
        );
        // R-Z1: either would let users verify a number that is not theirs.
        for shortcut in [
            json!({ "phone": "+41791234599", "returnCode": {} }),
            json!({ "phone": "+41791234599", "isVerified": true }),
        ] {
            let (status, reply) = set_phone(&server, &token, "bo", &shortcut);
            assert_eq!((status, &reply["code"]), (403, &json!(7)), "{shortcut}: {reply}");
        }
        let found = call(server.address(), "GET", "/v2/users/bo", &token, &Value::Null).ok();
        assert_ne!(found["user"]["human"]["phone"]["isVerified"], json!(true));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_of_the_issuer_is_held_in_the_organisation_that_gave_it() {
    let issuer = FakeIssuer::start().await;
    let server = trusting(&issuer).start();
    User::create(&server, "bo");
    let request = json!({ "phone": "+41791234567", "returnCode": {} });
    let token = |organization: &str| {
        let roles = json!({ "phone-manager": { organization: "shop.example" } });
        issuer.token(&claims("manager", &roles))
    };
    let (status, reply) = set_phone(&server, &token("ringtrue"), "bo", &request);
    assert_eq!(status, 200, "{reply}");
    assert!(reply["verificationCode"].is_string(), "{reply}");
    // Held elsewhere, it does not reach so far as to tell that the user exists.
    assert_eq!(set_phone(&server, &token("elsewhere"), "bo", &request).0, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_issuer_is_away_known_keys_serve_and_everything_else_is_refused_by_name() {
    let issuer = FakeIssuer::start().await;
    let server = trusting(&issuer).start();
    User::create(&server, "bo");
    let known = issuer.token(&claims("bo", &json!({})));
    let get = |token: &str| call(server.address(), "GET", "/v2/users/bo", token, &Value::Null);
    assert_eq!(get(&known).status, 200);

    issuer.is(Mood::Down);
    assert_eq!(get(&known).status, 200);
    let refused = get("an-opaque-token");
    assert_eq!((refused.status, &refused.json["code"]), (401, &json!(16)));
    assert_eq!(
        refused.json["details"][0]["id"],
        json!("RINGTRUE-IssuerUnavailable"),
        "{}",
        refused.json
    );
    let forged = SigningKey::es256("first").jwt(&issuer.claims(&claims("bo", &json!({}))));
    let refused = get(&forged);
    assert_eq!(
        (refused.status, &refused.json["details"][0]["id"]),
        (401, &json!("AUTH-7fs1e"))
    );
    assert_eq!(get(ADMIN).status, 200);
    let said = server.stderr.all().join("\n");
    for token in [&*known, &*forged, "an-opaque-token", CLIENT_SECRET] {
        assert!(!said.contains(token), "the log has a token, or the secret");
    }
}
