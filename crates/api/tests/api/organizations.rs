//! Organisations, as far as setting up a tenant needs them.

use ringtrue_core::{
    UserId,
    access::{Role, Subject},
};
use serde_json::{Value, json};

use crate::support::{
    protocol::{Call, Protocol},
    server::{AWAY, HOME, OWNER, Server},
};

#[tokio::test]
async fn a_tenant_is_set_up_over_every_protocol() {
    for protocol in Protocol::ALL {
        let server = Server::start().await;
        let call = async |method, request: Value| {
            let (answer, outcome) = Call::new(method, request)
                .token(OWNER)
                .raw(protocol, &server)
                .await;
            assert_eq!(
                (outcome.code, outcome.message.as_str()),
                (0, ""),
                "{protocol:?} {method}"
            );
            (answer.status, outcome.body)
        };
        let named = json!({ "queries": [{ "nameQuery": { "name": "Acme & Töchter" } }] });
        let before = call("ListOrganizations", named.clone()).await.1;
        assert_eq!(
            (&before["result"], &before["details"]["totalResult"]),
            (&Value::Null, &Value::Null)
        );

        let (status, added) = call(
            "AddOrganization",
            json!({ "name": " Acme & Töchter ", "organizationId": "acme", "orgId": "older" }),
        )
        .await;
        assert_eq!(status, if protocol == Protocol::Rest { 201 } else { 200 });
        let details =
            json!({ "sequence": "1", "changeDate": "2026-01-01T12:00:00Z", "resourceOwner": "acme" });
        assert_eq!(added, json!({ "details": details, "organizationId": "acme" }));

        let mut details = details;
        details["creationDate"] = json!("2026-01-01T12:00:00Z");
        let listed = call("ListOrganizations", named.clone()).await.1;
        let acme = json!({
            "id": "acme",
            "details": details,
            "state": "ORGANIZATION_STATE_ACTIVE",
            "name": "Acme & Töchter",
        });
        let about = json!({ "totalResult": "1", "timestamp": "2026-01-01T12:00:00Z" });
        assert_eq!(listed, json!({ "details": about, "result": [acme] }));

        let person = json!({
            "userId": "ada",
            "profile": { "givenName": "Ada", "familyName": "Lovelace" },
            "email": { "email": "ada@example.com" },
        });
        let member = Call::new("AddHumanUser", person)
            .token(OWNER)
            .header("x-zitadel-orgid", "acme");
        let member = member.by(protocol, &server).await;
        assert_eq!(member.body["details"]["resourceOwner"], "acme");

        let drawn = call("AddOrganization", json!({ "name": "Acme & Töchter" }))
            .await
            .1;
        let older = call("AddOrganization", json!({ "name": "Older", "orgId": "older" }))
            .await
            .1;
        let drawn = drawn["organizationId"].as_str().unwrap();
        assert!(
            drawn.len() >= 18 && drawn.bytes().all(|byte| byte.is_ascii_digit()),
            "{drawn}"
        );
        let namesakes = call("ListOrganizations", named).await.1;
        let ids = [&namesakes["result"][0]["id"], &namesakes["result"][1]["id"]];
        assert_eq!(ids, ["acme", drawn]);
        assert_eq!(older["organizationId"], "older");
    }
}

/// The ids that a list gives, and how many there are in all.
async fn listed(server: &Server, token: &str, request: Value) -> (Vec<String>, u64) {
    let call = Call::new("ListOrganizations", request).token(token);
    let outcome = call.by(Protocol::ConnectJson, server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.message);
    let result = outcome.body["result"].as_array().cloned().unwrap_or_default();
    let ids = result
        .iter()
        .map(|found| found["id"].as_str().unwrap().to_owned());
    let total = outcome.body["details"]["totalResult"].as_str().unwrap_or("0");
    (ids.collect(), total.parse().unwrap())
}

#[tokio::test]
async fn organisations_are_found_by_what_is_asked_and_in_the_order_asked_for() {
    let server = Server::start().await;
    // After HOME and AWAY, which are as old as each other.
    for (id, name) in [("zoo", "a zoo"), ("camp", "the camp")] {
        server.clock.advance(time::Duration::SECOND);
        let add = Call::new("AddOrganization", json!({ "name": name, "organizationId": id }));
        assert_eq!(add.token(OWNER).by(Protocol::Grpc, &server).await.code, 0);
    }
    let active = |state: &str| json!({ "queries": [{ "stateQuery": { "state": state } }] });
    for (request, ids, total) in [
        (json!({}), &["zoo", HOME, "camp", AWAY][..], 4),
        (
            json!({ "query": { "asc": true } }),
            &[AWAY, "camp", HOME, "zoo"],
            4,
        ),
        (
            json!({ "query": { "asc": true, "limit": 2 } }),
            &[AWAY, "camp"],
            4,
        ),
        (
            json!({ "query": { "asc": true, "offset": "3", "limit": 2 } }),
            &["zoo"],
            4,
        ),
        (json!({ "query": { "offset": "9", "limit": 1000 } }), &[], 4),
        (
            json!({ "query": { "asc": true }, "sortingColumn": "ORGANIZATION_FIELD_NAME_NAME" }),
            &["zoo", AWAY, HOME, "camp"],
            4,
        ),
        (
            json!({ "sortingColumn": "ORGANIZATION_FIELD_NAME_CREATION_DATE" }),
            &["camp", "zoo", HOME, AWAY],
            4,
        ),
        (json!({ "queries": [{ "idQuery": { "id": AWAY } }] }), &[AWAY], 1),
        (json!({ "queries": [{ "defaultQuery": {} }] }), &[HOME], 1),
        (
            json!({ "queries": [{ "defaultQuery": {} }, { "idQuery": { "id": AWAY } }] }),
            &[],
            0,
        ),
        (
            active("ORGANIZATION_STATE_ACTIVE"),
            &["zoo", HOME, "camp", AWAY],
            4,
        ),
        (active("ORGANIZATION_STATE_INACTIVE"), &[], 0),
    ] {
        let ids: Vec<String> = ids.iter().map(|&id| id.to_owned()).collect();
        assert_eq!(
            listed(&server, OWNER, request.clone()).await,
            (ids, total),
            "{request}"
        );
    }
}

#[tokio::test]
async fn a_caller_finds_the_organisations_where_they_hold_a_role() {
    let server = Server::start().await;
    server.user("ada").await;
    let ada = || Subject::User(UserId::parse("ada").unwrap());
    for (token, roles, wanted) in [
        ("nothing", &[][..], &[][..]),
        ("viewer", &[(Role::OrgOwnerViewer, Some(AWAY))], &[AWAY]),
        ("manager", &[(Role::OrgUserManager, Some(HOME))], &[HOME]),
        (
            "both",
            &[(Role::OrgOwner, Some(AWAY)), (Role::OrgOwner, Some(HOME))],
            &[HOME, AWAY],
        ),
        ("instance", &[(Role::IamOwnerViewer, None)], &[HOME, AWAY]),
    ] {
        server.token(token, ada(), roles).await;
        let ids: Vec<String> = wanted.iter().map(|&id| id.to_owned()).collect();
        let total = u64::try_from(ids.len()).unwrap();
        assert_eq!(listed(&server, token, json!({})).await, (ids, total), "{token}");
        let away = json!({ "queries": [{ "idQuery": { "id": AWAY } }] });
        let readable = u64::from(wanted.contains(&AWAY));
        assert_eq!(listed(&server, token, away).await.1, readable, "{token}");
    }
}

#[tokio::test]
async fn what_cannot_be_had_is_refused_with_its_reason() {
    let server = Server::start().await;
    let long = "x".repeat(201);
    let between = "value length must be between 1 and 200 runes, inclusive";
    let inside = "embedded message failed validation | caused by: invalid";
    let unimplemented = |field: &str| {
        let text = format!("{field} is not implemented: leave it out (RINGTRUE-FieldUnimplemented)");
        (12, text)
    };
    let invalid = |text: String| (3, format!("invalid {text}"));
    let list = |query: Value| json!({ "queries": [{ "defaultQuery": {} }, query] });
    for (method, request, wanted) in [
        (
            "AddOrganization",
            json!({}),
            invalid(format!("AddOrganizationRequest.Name: {between}")),
        ),
        (
            "AddOrganization",
            json!({ "name": "Acme", "orgId": long }),
            invalid(format!("AddOrganizationRequest.OrgId: {between}")),
        ),
        (
            "AddOrganization",
            json!({ "name": "Acme", "organizationId": "" }),
            invalid(format!("AddOrganizationRequest.OrganizationId: {between}")),
        ),
        (
            "AddOrganization",
            json!({ "name": " " }),
            (
                3,
                "Errors.Invalid.Argument: the name of an organisation is a name of 1 to 200 characters, none of them \
                 a control character (ORG-mruNY)"
                    .to_owned(),
            ),
        ),
        (
            "AddOrganization",
            json!({ "name": "Acme", "organizationId": HOME }),
            (
                6,
                "Organisation already exists: the id belongs to another one; choose another, or none to have one drawn \
                 (RINGTRUE-OrganizationExists)"
                    .to_owned(),
            ),
        ),
        (
            "AddOrganization",
            json!({ "name": "Acme", "admins": [{ "userId": "ada" }] }),
            unimplemented("admins of AddOrganizationRequest"),
        ),
        (
            "ListOrganizations",
            json!({ "query": { "limit": 1001 } }),
            (
                3,
                "The limit is too large: at most 1000 at a time; the next ones are had by offset (RINGTRUE-LimitTooLarge)"
                    .to_owned(),
            ),
        ),
        (
            "ListOrganizations",
            list(json!({})),
            invalid(format!(
                "ListOrganizationsRequest.Queries[1]: {inside} SearchQuery.Query: value is required"
            )),
        ),
        (
            "ListOrganizations",
            list(json!({ "nameQuery": { "name": "" } })),
            invalid(format!(
                "ListOrganizationsRequest.Queries[1]: {inside} SearchQuery.NameQuery: {inside} \
                 OrganizationNameQuery.Name: {between}"
            )),
        ),
        (
            "ListOrganizations",
            list(json!({ "nameQuery": { "name": "A", "method": 8 } })),
            invalid(format!(
                "ListOrganizationsRequest.Queries[1]: {inside} SearchQuery.NameQuery: {inside} \
                 OrganizationNameQuery.Method: value must be one of the defined enum values"
            )),
        ),
        (
            "ListOrganizations",
            list(json!({ "nameQuery": { "name": "A", "method": "TEXT_QUERY_METHOD_CONTAINS" } })),
            unimplemented("queries.name_query.method of ListOrganizationsRequest"),
        ),
        (
            "ListOrganizations",
            list(json!({ "domainQuery": { "domain": "example.com" } })),
            unimplemented("queries.domain_query of ListOrganizationsRequest"),
        ),
    ] {
        for protocol in Protocol::ALL {
            let outcome = Call::new(method, request.clone()).token(OWNER).by(protocol, &server).await;
            assert_eq!((outcome.code, outcome.message), wanted, "{protocol:?} {request}");
        }
    }
}
