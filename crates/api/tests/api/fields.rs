//! What fields may hold, and which are refused because nothing here could honour them.

use serde_json::{Value, json};

use crate::support::{
    protocol::{Call, Protocol},
    server::{HOME, NUMBER, OWNER, Server},
};

/// A request that creates a person, and what is changed of it.
fn changed(mut request: Value, change: &Value) -> Value {
    for (key, value) in change.as_object().unwrap() {
        request[key] = value.clone();
    }
    request
}

fn person() -> Value {
    json!({
        "profile": { "givenName": "Ada", "familyName": "Lovelace" },
        "email": { "email": "ada@example.com" },
    })
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one table")]
async fn fields_are_checked_in_the_words_of_the_peer() {
    let server = Server::start().await;
    let long = "x".repeat(201);
    let add = |change: Value| ("AddHumanUser", changed(person(), &change));
    let create = |change: Value| {
        let request = json!({ "organizationId": HOME, "human": person() });
        ("CreateUser", changed(request, &change))
    };
    let human = |change: Value| create(json!({ "human": changed(person(), &change) }));
    let between = "value length must be between 1 and 200 runes, inclusive";
    let inside = "embedded message failed validation | caused by: invalid";
    let cases = [
        (
            ("SetPhone", json!({ "userId": long, "phone": "" })),
            format!("SetPhoneRequest.UserId: {between}"),
        ),
        (
            ("SetPhone", json!({ "userId": "ada" })),
            format!("SetPhoneRequest.Phone: {between}"),
        ),
        (
            ("SetPhone", json!({ "userId": "ada", "phone": long })),
            format!("SetPhoneRequest.Phone: {between}"),
        ),
        (
            (
                "SetPhone",
                json!({ "userId": "ada", "phone": NUMBER, "isVerified": false }),
            ),
            "SetPhoneRequest.IsVerified: value must equal true".to_owned(),
        ),
        (
            ("VerifyPhone", json!({ "userId": "ada", "verificationCode": "" })),
            "VerifyPhoneRequest.VerificationCode: value length must be between 1 and 20 runes, inclusive"
                .to_owned(),
        ),
        (
            ("ResendPhoneCode", json!({ "userId": long })),
            format!("ResendPhoneCodeRequest.UserId: {between}"),
        ),
        (
            ("RemovePhone", json!({ "userId": long })),
            format!("RemovePhoneRequest.UserId: {between}"),
        ),
        (
            ("GetUserByID", json!({ "userId": long })),
            format!("GetUserByIDRequest.UserId: {between}"),
        ),
        (
            ("DeleteUser", json!({ "userId": long })),
            format!("DeleteUserRequest.UserId: {between}"),
        ),
        (
            add(json!({ "profile": null })),
            "AddHumanUserRequest.Profile: value is required".to_owned(),
        ),
        (
            add(json!({ "email": null })),
            "AddHumanUserRequest.Email: value is required".to_owned(),
        ),
        (
            add(json!({ "username": "" })),
            format!("AddHumanUserRequest.Username: {between}"),
        ),
        (
            add(json!({ "profile": { "givenName": "Ada" } })),
            format!("AddHumanUserRequest.Profile: {inside} SetHumanProfile.FamilyName: {between}"),
        ),
        (
            add(json!({ "profile": { "givenName": "Ada", "familyName": "L", "gender": 9 } })),
            format!(
                "AddHumanUserRequest.Profile: {inside} SetHumanProfile.Gender: value must be one of the defined enum values"
            ),
        ),
        (
            add(json!({ "email": { "email": "ada" } })),
            format!(
                "AddHumanUserRequest.Email: {inside} SetHumanEmail.Email: value must be a valid email address \
                     | caused by: an address is written local@domain, for example ada@example.com"
            ),
        ),
        (
            add(json!({ "phone": { "phone": long } })),
            format!(
                "AddHumanUserRequest.Phone: {inside} SetHumanPhone.Phone: value length must be between 0 and 200 runes, inclusive"
            ),
        ),
        (
            add(json!({ "phone": { "phone": NUMBER, "isVerified": false } })),
            format!("AddHumanUserRequest.Phone: {inside} SetHumanPhone.IsVerified: value must equal true"),
        ),
        (
            create(json!({ "organizationId": "" })),
            format!("CreateUserRequest.OrganizationId: {between}"),
        ),
        (
            create(json!({ "userId": "" })),
            format!("CreateUserRequest.UserId: {between}"),
        ),
        (
            create(json!({ "username": long })),
            format!("CreateUserRequest.Username: {between}"),
        ),
        (
            create(json!({ "human": null })),
            "CreateUserRequest.UserType: value is required".to_owned(),
        ),
        (
            create(json!({ "human": null, "machine": { "name": "robot", "description": "" } })),
            format!(
                "CreateUserRequest.Machine: {inside} CreateUserRequest_Machine.Description: \
                 value length must be between 1 and 500 runes, inclusive"
            ),
        ),
        (
            human(json!({ "profile": null })),
            format!("CreateUserRequest.Human: {inside} CreateUserRequest_Human.Profile: value is required"),
        ),
        (
            human(json!({ "phone": { "phone": NUMBER, "isVerified": false } })),
            format!(
                "CreateUserRequest.Human: {inside} CreateUserRequest_Human.Phone: {inside} \
                 SetHumanPhone.IsVerified: value must equal true"
            ),
        ),
    ];
    for ((method, body), wanted) in cases {
        for protocol in Protocol::ALL {
            let outcome = Call::new(method, body.clone())
                .token(OWNER)
                .by(protocol, &server)
                .await;
            assert_eq!(
                (outcome.code, &outcome.message),
                (3, &format!("invalid {wanted}")),
                "{protocol:?}"
            );
            assert_eq!(outcome.body, Value::Null, "no details");
        }
    }
}

#[tokio::test]
async fn a_field_that_cannot_be_honoured_is_refused_by_name() {
    let server = Server::start().await;
    let of_a_person = [
        ("password", json!({ "password": { "password": "secret" } })),
        ("hashed_password", json!({ "hashedPassword": { "hash": "x" } })),
        ("idp_links", json!({ "idpLinks": [{ "idpId": "x" }] })),
        ("totp_secret", json!({ "totpSecret": "x" })),
        (
            "metadata",
            json!({ "metadata": [{ "key": "x", "value": "eA==" }] }),
        ),
        (
            "email.send_code",
            json!({ "email": { "email": "ada@example.com", "sendCode": {} } }),
        ),
    ];
    let create = |change: Value| {
        let request = json!({ "organizationId": HOME, "human": person() });
        changed(request, &change)
    };
    let mut cases = vec![
        (
            "AddHumanUser",
            "organization.org_domain".to_owned(),
            changed(person(), &json!({ "organization": { "orgDomain": "x" } })),
        ),
        (
            "CreateUser",
            "machine".to_owned(),
            create(json!({ "human": null, "machine": { "name": "robot" } })),
        ),
        (
            "CreateUser",
            "metadata".to_owned(),
            create(json!({ "metadata": [{ "key": "x", "value": "eA==" }] })),
        ),
    ];
    for (field, change) in of_a_person {
        let person = changed(person(), &change);
        cases.push((
            "CreateUser",
            format!("human.{field}"),
            create(json!({ "human": person })),
        ));
        cases.push(("AddHumanUser", field.to_owned(), person));
    }
    for (method, field, body) in cases {
        for protocol in Protocol::ALL {
            let call = Call::new(method, body.clone()).token(OWNER);
            let outcome = call.by(protocol, &server).await;
            let (code, id) = (12, "RINGTRUE-FieldUnimplemented");
            assert_eq!(
                (outcome.code, outcome.id.as_str()),
                (code, id),
                "{method} {field}"
            );
            let text = format!("{field} of {method}Request is not implemented");
            assert!(outcome.message.starts_with(&text), "{}", outcome.message);
        }
    }
}
