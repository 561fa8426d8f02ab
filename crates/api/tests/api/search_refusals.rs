//! `ListUsers`: what is refused.

use serde_json::{Value, json};

use crate::{
    search::{VERSIONS, list},
    support::{protocol::Protocol, server::Server},
};

/// A condition within `depth` others.
fn nested(depth: usize) -> Value {
    let mut query = json!({ "typeQuery": { "type": "TYPE_HUMAN" } });
    for level in 0..depth {
        query = match level % 3 {
            0 => json!({ "notQuery": { "query": query } }),
            1 => json!({ "andQuery": { "queries": [query] } }),
            _ => json!({ "orQuery": { "queries": [query] } }),
        };
    }
    query
}

#[tokio::test]
async fn what_cannot_be_searched_for_is_refused_alike_by_every_protocol() {
    let server = Server::start().await;
    let within = "embedded message failed validation | caused by: invalid";
    let long = "x".repeat(201);
    let typed = json!({ "typeQuery": {} });
    for (request, code, id, text) in [
        (
            json!({ "queries": [typed, {}] }),
            3,
            "",
            format!("invalid ListUsersRequest.Queries[1]: {within} SearchQuery.Query: value is required"),
        ),
        (
            json!({ "queries": [{ "userNameQuery": { "userName": "" } }] }),
            3,
            "",
            format!(
                "invalid ListUsersRequest.Queries[0]: {within} SearchQuery.UserNameQuery: {within} \
                 UserNameQuery.UserName: value length must be between 1 and 200 runes, inclusive"
            ),
        ),
        (
            json!({ "queries": [{ "emailQuery": { "emailAddress": long } }] }),
            3,
            "",
            format!(
                "invalid ListUsersRequest.Queries[0]: {within} SearchQuery.EmailQuery: {within} \
                 EmailQuery.EmailAddress: value length must be at most 200 runes"
            ),
        ),
        (
            json!({ "queries": [{ "phoneQuery": { "number": "+41 79 123 45 67 00 00" } }] }),
            3,
            "",
            format!(
                "invalid ListUsersRequest.Queries[0]: {within} SearchQuery.PhoneQuery: {within} \
                 PhoneQuery.Number: value length must be between 1 and 20 runes, inclusive"
            ),
        ),
        (
            json!({ "queries": [{ "orQuery": { "queries": [{ "stateQuery": { "state": 9 } }] } }] }),
            3,
            "",
            format!(
                "invalid ListUsersRequest.Queries[0]: {within} SearchQuery.OrQuery: {within} OrQuery.Queries[0]: \
                 {within} SearchQuery.StateQuery: {within} StateQuery.State: value must be one of the defined enum values"
            ),
        ),
        (
            json!({ "sortingColumn": 10 }),
            3,
            "",
            "invalid ListUsersRequest.SortingColumn: value must be one of the defined enum values".to_owned(),
        ),
        (
            json!({ "queries": [{ "notQuery": {} }] }),
            3,
            "GRPC-vR9nC",
            "List.Query.Invalid: a notQuery needs a query, and that a condition (GRPC-vR9nC)".to_owned(),
        ),
        (
            json!({ "queries": [nested(21)] }),
            3,
            "USER-zsQ97",
            "Too many query nesting levels (Max 20): put conditions side by side rather than one within another \
             (USER-zsQ97)"
                .to_owned(),
        ),
        (
            json!({ "queries": vec![typed.clone(); 501] }),
            3,
            "RINGTRUE-TooManyConditions",
            "A search has at most 500 conditions: one inUserIdsQuery or inUserEmailsQuery stands for many \
             (RINGTRUE-TooManyConditions)"
                .to_owned(),
        ),
        (
            json!({ "query": { "limit": 1001 } }),
            3,
            "RINGTRUE-LimitTooLarge",
            "The limit is too large: at most 1000 at a time; the next ones are had by offset \
             (RINGTRUE-LimitTooLarge)"
                .to_owned(),
        ),
    ] {
        for version in VERSIONS {
            for protocol in Protocol::ALL {
                let outcome = list(request.clone()).version(version).by(protocol, &server).await;
                assert_eq!(
                    (outcome.code, outcome.id.as_str(), outcome.message.as_str()),
                    (code, id, text.as_str()),
                    "{protocol:?} {version}"
                );
            }
        }
    }
    let deepest = list(json!({ "queries": [nested(20)], "query": { "limit": 1000 } }));
    for protocol in Protocol::ALL {
        assert_eq!(deepest.by(protocol, &server).await.code, 0, "{protocol:?}");
    }
}

#[tokio::test]
async fn metadata_is_declined_by_its_name() {
    let server = Server::start().await;
    for (query, field) in [
        (
            json!({ "metadataKeyFilter": { "key": "k" } }),
            "metadata_key_filter",
        ),
        (
            json!({ "metadataValueFilter": { "value": "dg==" } }),
            "metadata_value_filter",
        ),
    ] {
        for protocol in Protocol::ALL {
            let outcome = list(json!({ "queries": [query] })).by(protocol, &server).await;
            assert_eq!(
                (outcome.code, outcome.id.as_str()),
                (12, "RINGTRUE-FieldUnimplemented")
            );
            assert!(outcome.message.starts_with(field), "{}", outcome.message);
        }
    }
}
