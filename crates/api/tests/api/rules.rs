//! What requests may look like, and what is said of those that may not.

use serde_json::json;

use crate::support::{
    http::{Answer, http1, http2, request},
    protocol::{Call, Protocol, frame},
    server::{AWAY, CODE, HOME, NUMBER, OWNER, Server},
};

const BEARER: (&str, &str) = ("authorization", "Bearer owner-token");

async fn post(server: &Server, path: &str, body: &str) -> Answer {
    http1(server.address, request("POST", path, &[BEARER], body.to_owned())).await
}

fn message(answer: &Answer) -> String {
    answer.json()["message"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_curl_of_the_peers_documentation_is_told_which_two_members_it_sends() {
    let server = Server::start().await;
    server.user("ada").await;
    let body = r#"{"phone":"+41791234567","sendCode":{},"returnCode":{},"isVerified":true}"#;
    let answer = post(&server, "/v2/users/ada/phone", body).await;
    assert_eq!(answer.status, 400);
    let message = message(&answer);
    assert!(
        message.contains("sendCode") && message.contains("returnCode"),
        "{message}"
    );
    assert!(message.contains("verification is already set"), "{message}");
    assert!(answer.json().get("details").is_none());
    let read = Call::new("GetUserByID", json!({ "userId": "ada" })).token(OWNER);
    let user = read.by(Protocol::Rest, &server).await.body;
    assert_eq!(user["user"]["human"]["phone"], json!({}), "nothing was written");
}

#[tokio::test]
async fn rest_reads_bodies_by_the_rules_of_protobuf_json() {
    let server = Server::start().await;
    for (user, body, status) in [
        ("a", r#"{"phone":"+41791234567"}"#, 200),
        ("b", r#"{"phone":"+41791234567","return_code":{"x":1}}"#, 200),
        (
            "c",
            r#"{"phone":"+41791234567","sendCode":null,"returnCode":{}}"#,
            200,
        ),
        ("d", r#"{"phone":"+41791234567","unknown":[1,{"a":null}]}"#, 200),
        ("e", r#"{"phone":"+41791234567","userId":"somebody-else"}"#, 200),
        ("f", r#"{"phone":"+41791234567"} trailing"#, 200),
        ("g", r#"{"phone":"+41791234567","phone":"+41791234568"}"#, 400),
        ("h", r#"{"phone":123}"#, 400),
        ("i", r#"{"phone":null}"#, 400),
        ("j", r#"{"Phone":"+41791234567"}"#, 400),
        ("k", "null", 400),
        ("l", "[]", 400),
        ("m", "", 400),
        ("n", "{", 400),
        ("o", r#"{"phone":"+41791234567","isVerified":false}"#, 400),
    ] {
        server.user(user).await;
        let answer = post(&server, &format!("/v2/users/{user}/phone"), body).await;
        assert_eq!(answer.status, status, "{body}: {:?}", answer.body);
        assert_eq!(answer.header("content-type"), Some("application/json"));
    }
}

#[tokio::test]
async fn a_blank_body_is_an_empty_message_on_rest() {
    let server = Server::start().await;
    server.user("ada").await;
    server.phone("ada", NUMBER).await;
    assert_eq!(post(&server, "/v2/users/ada/phone/resend", "").await.status, 200);
    assert_eq!(
        post(&server, "/v2/users/ada/phone/resend", " \n").await.status,
        200
    );
    let remove = request("DELETE", "/v2/users/ada/phone", &[BEARER], "");
    assert_eq!(http1(server.address, remove).await.status, 200);
}

#[tokio::test]
async fn a_body_is_read_before_its_sender_is_asked_who_they_are() {
    let server = Server::start().await;
    let bad = |headers: &[(&str, &str)], path| request("POST", path, headers, "{");
    let rest = http1(server.address, bad(&[], "/v2/users/ada/phone")).await;
    assert_eq!((rest.status, message(&rest).as_str()), (400, "unexpected EOF"));
    let connect = "/zitadel.user.v2.UserService/SetPhone";
    let connect = http1(
        server.address,
        bad(&[("content-type", "application/json")], connect),
    )
    .await;
    assert_eq!(connect.status, 400);
    assert_eq!(
        message(&connect),
        "unmarshal message: unmarshal into *user.SetPhoneRequest: unexpected EOF"
    );
}

#[tokio::test]
async fn the_content_type_does_not_matter_on_rest() {
    let server = Server::start().await;
    for kind in [
        "text/plain",
        "application/grpc",
        "application/proto",
        "application/x-www-form-urlencoded",
    ] {
        let user = kind.replace('/', "-");
        server.user(&user).await;
        let headers = [BEARER, ("content-type", kind), ("accept", "text/html")];
        let body = r#"{"phone":"+41791234567"}"#;
        let answer = http1(
            server.address,
            request("POST", &format!("/v2/users/{user}/phone"), &headers, body),
        )
        .await;
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (200, Some("application/json")),
            "{kind}"
        );
    }
}

#[tokio::test]
async fn the_versions_differ_in_what_they_say_of_a_new_user() {
    let server = Server::start().await;
    for (version, created) in [("v2", 200), ("v2beta", 201)] {
        let body = json!({
            "userId": version,
            "profile": { "givenName": "Ada", "familyName": "Lovelace" },
            "email": { "email": format!("{version}@example.com"), "returnCode": {} },
            "phone": { "phone": NUMBER, "returnCode": {} },
        });
        let call = Call::new("AddHumanUser", body).version(version).token(OWNER);
        let (answer, outcome) = call.raw(Protocol::Rest, &server).await;
        assert_eq!(answer.status, created);
        assert_eq!(
            (&outcome.body["emailCode"], &outcome.body["phoneCode"]),
            (&json!(CODE), &json!(CODE))
        );
        let body = json!({
            "profile": { "givenName": "Ada", "familyName": "Lovelace" },
            "email": { "email": format!("{version}2@example.com"), "isVerified": false },
        });
        let call = Call::new("AddHumanUser", body).version(version).token(OWNER);
        let unverified = call.by(Protocol::Grpc, &server).await;
        assert_eq!(
            unverified.code,
            if version == "v2" { 0 } else { 3 },
            "{}",
            unverified.message
        );
    }
}

#[tokio::test]
async fn the_organisation_is_the_requests_then_the_headers_then_the_callers() {
    let server = Server::start().await;
    let mut serial = 0;
    let mut create = async |named: Option<&str>, header: Option<&str>| {
        serial += 1;
        let mut body = json!({
            "profile": { "givenName": "Ada", "familyName": "Lovelace" },
            "email": { "email": format!("{serial}@example.com") },
        });
        if let Some(organization) = named {
            body["organization"] = json!({ "orgId": organization });
        }
        let mut call = Call::new("AddHumanUser", body).token(OWNER);
        if let Some(organization) = header {
            call = call.header("x-zitadel-orgid", organization);
        }
        let mut outcomes = Vec::new();
        for protocol in [Protocol::Rest, Protocol::Grpc] {
            let mut call = call.clone();
            call.request["email"]["email"] = json!(format!("{serial}-{protocol:?}@example.com"));
            let outcome = call.by(protocol, &server).await;
            let owner = outcome.body["details"]["resourceOwner"]
                .as_str()
                .map(str::to_owned);
            outcomes.push(owner.unwrap_or(outcome.id));
        }
        assert_eq!(outcomes[0], outcomes[1]);
        outcomes.remove(0)
    };
    assert_eq!(create(None, None).await, HOME);
    assert_eq!(create(None, Some(AWAY)).await, AWAY);
    assert_eq!(create(Some(HOME), Some(AWAY)).await, HOME);
    assert_eq!(create(Some("nowhere"), Some(AWAY)).await, "COMMAND-QXPGs");
    assert_eq!(create(None, Some("nowhere")).await, "AUTH-Bs7Ds");
    assert_eq!(create(None, Some("")).await, HOME);
}

#[tokio::test]
async fn a_header_that_names_no_organisation_is_not_taken_for_none() {
    let server = Server::start().await;
    let body =
        r#"{"profile":{"givenName":"Ada","familyName":"Lovelace"},"email":{"email":"ada@example.com"}}"#;
    let long = [b'x'; 201];
    let given: [&[&[u8]]; 5] = [
        &[&long],
        &[b"ho\tme"],
        &["zürich".as_bytes()],
        &[b"\xff"],
        &[HOME.as_bytes(), AWAY.as_bytes()],
    ];
    for values in given {
        let mut request = request("POST", "/v2/users/human", &[BEARER], body);
        for value in values {
            let value = http::HeaderValue::from_bytes(value).unwrap();
            request.headers_mut().append("x-zitadel-orgid", value);
        }
        let answer = http1(server.address, request).await;
        assert_eq!(
            (answer.status, answer.json()["code"].as_i64()),
            (403, Some(7)),
            "{values:?}"
        );
        let text = message(&answer);
        assert!(
            text.starts_with("Organisation doesn't exist: ") && text.ends_with("(AUTH-Bs7Ds)"),
            "{text}"
        );
    }
    let answer = post(&server, "/v2/users/human", body).await;
    assert_eq!(answer.status, 200, "nobody was created before");
}

#[tokio::test]
async fn a_user_is_read_whole() {
    let server = Server::start().await;
    let body = json!({
        "userId": "ada",
        "username": "ada",
        "profile": {
            "givenName": "Ada", "familyName": "Lovelace", "nickName": "Countess",
            "displayName": "Ada L.", "preferredLanguage": "en", "gender": "GENDER_FEMALE",
        },
        "email": { "email": "ada@example.com", "isVerified": true },
        "phone": { "phone": "+41 79 123 45 67", "isVerified": true },
    });
    let created = Call::new("AddHumanUser", body)
        .token(OWNER)
        .by(Protocol::Rest, &server)
        .await;
    assert_eq!(created.code, 0, "{}", created.message);
    let details = json!({
        "sequence": "3",
        "changeDate": "2026-01-01T12:00:00Z",
        "creationDate": "2026-01-01T12:00:00Z",
        "resourceOwner": HOME,
    });
    for protocol in Protocol::ALL {
        let read = Call::new("GetUserByID", json!({ "userId": "ada" })).token(OWNER);
        assert_eq!(
            read.by(protocol, &server).await.body,
            json!({
                "details": details,
                "user": {
                    "userId": "ada",
                    "state": "USER_STATE_ACTIVE",
                    "username": "ada",
                    "loginNames": ["ada"],
                    "preferredLoginName": "ada",
                    "details": details,
                    "human": {
                        "profile": {
                            "givenName": "Ada", "familyName": "Lovelace", "nickName": "Countess",
                            "displayName": "Ada L.", "preferredLanguage": "en", "gender": "GENDER_FEMALE",
                        },
                        "email": { "email": "ada@example.com", "isVerified": true },
                        "phone": { "phone": NUMBER, "isVerified": true },
                    },
                },
            }),
            "{protocol:?}"
        );
    }
}

#[tokio::test]
async fn what_is_not_there_is_said_as_the_peers_gateway_says_it() {
    let server = Server::start().await;
    let not_found = json!({ "code": 5, "message": "Not Found" });
    for (verb, path) in [
        ("POST", "/v2/users/ada/phone/"),
        ("POST", "/v2/users/ada/dance"),
        ("POST", "/v2beta/users/ada/metadata"),
        ("POST", "/v3/users/ada/phone"),
        ("GET", "/"),
        ("GET", "/dev/inbox"),
        ("GET", "/v2/users/"),
        ("POST", "/zitadel.user.v3.UserService/SetPhone"),
    ] {
        let answer = http1(server.address, request(verb, path, &[BEARER], "")).await;
        assert_eq!(
            (answer.status, answer.json()),
            (404, not_found.clone()),
            "{verb} {path}"
        );
    }
    for (verb, path, allow) in [
        ("GET", "/v2/users/ada/phone", "DELETE, POST"),
        ("PUT", "/v2beta/users/ada/phone/verify", "POST"),
        ("POST", "/v2/users/ada/authentication_methods", "GET"),
        ("GET", "/v2/users/ada/metadata", "DELETE, POST"),
        ("POST", "/healthz", "GET, HEAD"),
    ] {
        let answer = http1(server.address, request(verb, path, &[BEARER], "")).await;
        let wanted = json!({ "code": 12, "message": "Method Not Allowed" });
        assert_eq!((answer.status, answer.json()), (405, wanted), "{verb} {path}");
        assert_eq!(answer.header("allow"), Some(allow));
    }
    let empty = post(&server, "/v2/users//phone", r#"{"phone":"+41791234567"}"#).await;
    assert_eq!(empty.status, 400);
    assert!(message(&empty).starts_with("invalid SetPhoneRequest.UserId"));
    let no_text = post(&server, "/v2/users/%FF/phone", r#"{"phone":"+41791234567"}"#).await;
    assert_eq!((no_text.status, no_text.json()["code"].as_i64()), (400, Some(3)));
    server.user("a/b").await;
    assert_eq!(
        post(&server, "/v2/users/a%2Fb/phone", r#"{"phone":"+41791234567"}"#)
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn connect_holds_to_its_protocol() {
    let server = Server::start().await;
    let path = "/zitadel.user.v2.UserService/SetPhone";
    let json_type = ("content-type", "application/json; charset=utf-8");
    let call = async |verb: &str, path: &str, headers: &[(&str, &str)], body: &str| {
        let headers: Vec<_> = [&[BEARER], headers].concat();
        http1(server.address, request(verb, path, &headers, body.to_owned())).await
    };
    let empty = call("POST", path, &[json_type], "").await;
    assert_eq!(
        (empty.status, empty.json()["code"].as_str()),
        (400, Some("invalid_argument"))
    );
    assert!(message(&empty).ends_with("zero-length payload is not a valid JSON object"));

    let unknown = call(
        "POST",
        "/zitadel.user.v2.UserService/Set/Phone",
        &[json_type],
        "{}",
    )
    .await;
    assert_eq!(
        (unknown.status, unknown.json()["code"].as_str()),
        (404, Some("unimplemented"))
    );

    let got = call("GET", path, &[], "").await;
    assert_eq!((got.status, got.header("allow")), (405, Some("POST")));

    for kind in ["text/plain", "application/connect+json", "application/grpc+json"] {
        let wrong = call("POST", path, &[("content-type", kind)], "{}").await;
        assert_eq!(wrong.status, 415, "{kind}");
        assert!(wrong.header("accept-post").unwrap().contains("application/json"));
    }
    let version = call(
        "POST",
        path,
        &[json_type, ("connect-protocol-version", "2")],
        "{}",
    )
    .await;
    assert_eq!(
        (version.status, version.json()["code"].as_str()),
        (400, Some("invalid_argument"))
    );
    let packed = call("POST", path, &[json_type, ("content-encoding", "br")], "{}").await;
    assert_eq!(
        (packed.status, packed.json()["code"].as_str()),
        (501, Some("unimplemented"))
    );
}

#[tokio::test]
async fn grpc_holds_to_its_protocol() {
    let server = Server::start().await;
    let headers = [BEARER, ("content-type", "application/grpc"), ("te", "trailers")];
    for path in [
        "/zitadel.user.v2.UserService/Set/Phone",
        "/zitadel.user.v3.UserService/SetPhone",
        "/x.Y/Z",
    ] {
        let answer = http2(server.address, request("POST", path, &headers, frame(&[]))).await;
        assert_eq!(
            (answer.status, answer.header("grpc-status")),
            (200, Some("12")),
            "{path}"
        );
    }
    let path = "/zitadel.user.v2.UserService/SetPhone";
    let garbage = http2(server.address, request("POST", path, &headers, frame(&[0xff]))).await;
    assert_eq!(garbage.header("grpc-status"), Some("3"));
    let old = http1(server.address, request("POST", path, &headers, frame(&[]))).await;
    assert_eq!(old.status, 505);
}
