//! Two methods create users, by the same rules.

use serde_json::{Value, json};

use crate::support::{
    http::{http1, request},
    protocol::{Call, Protocol},
    server::{AWAY, CODE, HOME, NUMBER, OWNER, Server},
};

fn person(email: &str) -> Value {
    json!({
        "profile": { "givenName": "Ada", "familyName": "Lovelace", "gender": "GENDER_FEMALE" },
        "email": { "email": email, "returnCode": {} },
        "phone": { "phone": NUMBER, "returnCode": {} },
    })
}

async fn read(server: &Server, id: &str) -> Value {
    let call = Call::new("GetUserByID", json!({ "userId": id })).token(OWNER);
    let outcome = call.by(Protocol::Rest, server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.message);
    outcome.body
}

#[tokio::test]
async fn both_create_the_same_person_and_a_read_finds_them_at_once() {
    let server = Server::start().await;
    for protocol in Protocol::ALL {
        let id = |method: &str| format!("{method}-{protocol:?}");
        let email = |method: &str| format!("{}@example.com", id(method));
        let mut added = person(&email("added"));
        added["userId"] = json!(id("added"));
        added["organization"] = json!({ "orgId": AWAY });
        let created = json!({
            "userId": id("created"),
            "organizationId": AWAY,
            "human": person(&email("created")),
        });
        let added = Call::new("AddHumanUser", added).token(OWNER);
        let added = added.by(protocol, &server).await;
        let created = Call::new("CreateUser", created).token(OWNER);
        let (answer, created) = created.raw(protocol, &server).await;
        assert_eq!(
            (added.code, created.code, answer.status),
            (0, 0, 200),
            "{protocol:?}"
        );
        for code in ["emailCode", "phoneCode"] {
            assert_eq!(
                (&added.body[code], &created.body[code]),
                (&json!(CODE), &json!(CODE))
            );
        }
        assert_eq!(added.body["userId"], json!(id("added")));
        assert_eq!(created.body["id"], json!(id("created")));

        let (mut one, mut other) = (
            read(&server, &id("added")).await,
            read(&server, &id("created")).await,
        );
        assert_eq!(other["details"]["creationDate"], created.body["creationDate"]);
        assert_eq!(one["details"]["resourceOwner"], AWAY);
        for (user, method) in [(&mut one, "added"), (&mut other, "created")] {
            let user = &mut user["user"];
            assert_eq!(user["userId"].take(), json!(id(method)));
            assert_eq!(user["human"]["email"]["email"].take(), json!(email(method)));
            for name in ["username", "preferredLoginName"] {
                assert_eq!(user[name].take(), json!(email(method)));
            }
            assert_eq!(user["loginNames"].take(), json!([email(method)]));
        }
        assert_eq!(one, other);
    }
}

#[tokio::test]
async fn create_user_draws_an_id_where_none_is_given() {
    let server = Server::start().await;
    let body = json!({ "organizationId": HOME, "username": "ada", "human": person("ada@example.com") });
    let created = Call::new("CreateUser", body).token(OWNER);
    let created = created.by(Protocol::Grpc, &server).await.body;
    let read = read(&server, created["id"].as_str().unwrap()).await;
    assert_eq!(read["user"]["username"], "ada");
}

#[tokio::test]
async fn create_user_looks_at_no_header_for_the_organisation() {
    let server = Server::start().await;
    for (id, header) in [("ada", AWAY), ("bob", "nowhere")] {
        let body =
            json!({ "userId": id, "organizationId": HOME, "human": person(&format!("{id}@example.com")) });
        let created = Call::new("CreateUser", body)
            .token(OWNER)
            .header("x-zitadel-orgid", header);
        assert_eq!(created.by(Protocol::Rest, &server).await.code, 0);
        assert_eq!(read(&server, id).await["details"]["resourceOwner"], HOME);
    }
}

#[tokio::test]
async fn version_2beta_does_not_have_what_came_with_version_2() {
    let server = Server::start().await;
    for method in ["CreateUser", "UpdateUser"] {
        let call = Call::new(method, json!({ "userId": "ada" }))
            .version("v2beta")
            .token(OWNER);
        for protocol in Protocol::ALL
            .into_iter()
            .filter(|&protocol| protocol != Protocol::Rest)
        {
            let outcome = call.by(protocol, &server).await;
            assert_eq!(
                (outcome.code, outcome.id.as_str()),
                (12, "RINGTRUE-MethodUnimplemented"),
                "{protocol:?}"
            );
        }
        let (verb, path) = call.rest();
        let answer = http1(server.address, request(verb, &path, &[], "{}")).await;
        assert_eq!(answer.status, 405, "{verb} {path}");
    }
}
