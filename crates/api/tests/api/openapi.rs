//! `docs/openapi.json` is what the server serves, and stands on its own.

use std::{collections::BTreeSet, fs, path::Path};

use serde_json::Value;

use crate::support::{
    http::{http1, request},
    server::{Options, Server},
};

fn document() -> Value {
    serde_json::from_slice(&ringtrue_api::openapi()).unwrap()
}

#[test]
fn the_kept_document_is_the_generated_one() {
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
    let text = fs::read_to_string(&kept).unwrap_or_default();
    // As values: the order of names depends on what else is built.
    let value: Value = serde_json::from_str(&text).unwrap_or_default();
    if value != document() {
        let made = Path::new(env!("CARGO_TARGET_TMPDIR")).join("openapi.json");
        fs::write(&made, ringtrue_api::openapi()).unwrap();
        panic!(
            "docs/openapi.json is not what the proto files and the error table say: put {} in its place",
            made.display()
        );
    }
}

/// Every `$ref` and every link of the document.
fn references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                match value.as_str() {
                    Some(target) if name == "$ref" => drop(found.insert(target.to_owned())),
                    _ => references(value, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

#[test]
fn every_reference_leads_somewhere() {
    let document = document();
    let mut found = BTreeSet::new();
    references(&document, &mut found);
    assert!(found.len() > 50, "{}", found.len());
    for reference in found {
        let target = document.pointer(reference.trim_start_matches('#'));
        assert!(target.is_some_and(Value::is_object), "{reference}");
    }
}

#[test]
fn every_declared_method_is_there_once_with_its_path_and_its_errors() {
    let document = document();
    let mut ids = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (verb, operation) in item.as_object().unwrap() {
            let id = operation["operationId"].as_str().unwrap();
            assert!(ids.insert(id.to_owned()), "{id} twice");
            if path.starts_with("/v2") {
                let comment = operation["description"].as_str().unwrap();
                assert!(comment.ends_with('.'), "{id} has no comment: {comment:?}");
                let replies = operation["responses"].as_object().unwrap();
                for status in ["400", "401", "403", "500", "503"] {
                    assert!(
                        replies.contains_key(status),
                        "{verb} {path} says nothing of {status}"
                    );
                }
                let successes = replies.keys().filter(|status| status.starts_with('2'));
                assert_eq!(successes.count(), 1, "{id}");
                assert_eq!(operation["x-codeSamples"].as_array().unwrap().len(), 9, "{id}");
            }
        }
    }
    let services = ringtrue_proto::pool().services();
    let declared = services
        .filter(|service| service.full_name().starts_with("zitadel."))
        .flat_map(|service| service.methods().collect::<Vec<_>>())
        .count();
    assert_eq!(ids.len(), declared + 2, "{ids:?}");
}

#[test]
fn a_methods_errors_are_its_own() {
    let document = document();
    let ids = |path: &str, verb: &str, status: &str| {
        let examples =
            &document["paths"][path][verb]["responses"][status]["content"]["application/json"]["examples"];
        let examples: Option<Vec<String>> = examples
            .as_object()
            .map(|examples| examples.keys().cloned().collect());
        examples.unwrap_or_default()
    };
    let phone = "/v2/users/{userId}/phone";
    assert_eq!(ids(phone, "post", "404"), ["COMMAND-ieJ2e"]);
    assert!(ids(phone, "post", "400").contains(&"COMMAND-Uch5e".to_owned()));
    assert!(!ids(phone, "delete", "400").contains(&"COMMAND-Uch5e".to_owned()));
    assert!(ids(phone, "delete", "400").contains(&"COMMAND-ieJ2e".to_owned()));
    assert_eq!(ids("/v2/users/{userId}", "get", "404"), ["QUERY-Dfbg2"]);
    assert!(ids("/v2/users/human", "post", "409").contains(&"V3-DKcYh".to_owned()));
    assert!(ids(phone, "post", "409").contains(&"RINGTRUE-Contended".to_owned()));
}

/// The headers that a call takes, by their names.
fn headers(document: &Value, operation: &Value) -> BTreeSet<String> {
    let parameters = operation["parameters"].as_array().unwrap().iter();
    let referred = parameters.filter_map(|parameter| parameter["$ref"].as_str());
    let headers = referred.map(|reference| document.pointer(reference.trim_start_matches('#')).unwrap());
    headers
        .map(|header| {
            assert_eq!(header["in"], "header");
            header["name"].as_str().unwrap().to_owned()
        })
        .collect()
}

#[test]
fn writes_take_keys_and_reads_neither_take_one_nor_are_refused_for_one() {
    let document = document();
    for (path, item) in document["paths"].as_object().unwrap() {
        for operation in item.as_object().unwrap().values() {
            let id = operation["operationId"].as_str().unwrap();
            if !path.starts_with("/v2") {
                continue;
            }
            let taken = headers(&document, operation);
            assert!(
                taken.contains("x-request-id") && taken.contains("traceparent"),
                "{id}"
            );
            assert_eq!(
                taken.contains("x-zitadel-orgid"),
                id.ends_with("_AddHumanUser"),
                "{id}"
            );
            let reads = id.contains("_Get") || id.contains("_List");
            assert_eq!(taken.contains("idempotency-key"), !reads, "{id}");
            let replies = operation["responses"].to_string();
            assert_eq!(replies.contains("RINGTRUE-IdempotencyKey"), !reads, "{id}");
            assert_eq!(replies.contains("RINGTRUE-Contended"), !reads, "{id}");
        }
    }
}

#[test]
fn deprecations_are_the_contracts() {
    let document = document();
    let deprecated: Vec<String> = document["paths"]
        .as_object()
        .unwrap()
        .values()
        .flat_map(|item| item.as_object().unwrap().values())
        .filter(|operation| operation["deprecated"] == Value::Bool(true))
        .map(|operation| operation["operationId"].as_str().unwrap().to_owned())
        .filter(|id| id.starts_with("v2_"))
        .collect();
    let deprecated: BTreeSet<&str> = deprecated.iter().map(String::as_str).collect();
    let wanted = [
        "v2_AddHumanUser",
        "v2_RemovePhone",
        "v2_SetPhone",
        "v2_UpdateHumanUser",
    ];
    assert_eq!(deprecated, wanted.into_iter().collect());
}

#[test]
fn a_choice_excludes_its_other_members_and_knows_null() {
    let document = document();
    let choice = &document["components"]["schemas"]["zitadel.user.v2.SetPhoneRequest"]["oneOf"];
    let titles: Vec<&str> = choice
        .as_array()
        .unwrap()
        .iter()
        .map(|branch| branch["title"].as_str().unwrap())
        .collect();
    assert_eq!(titles, ["sendCode", "returnCode", "isVerified", "none of them"]);
}

#[tokio::test]
async fn the_link_from_setting_a_phone_leads_to_its_verification() {
    let server = Server::start().await;
    server.user("ada").await;
    let document = document();
    let post = async |path: &str, body: Value| {
        let headers = [("authorization", "Bearer owner-token")];
        let path = path.replace("{userId}", "ada");
        http1(server.address, request("POST", &path, &headers, body.to_string())).await
    };
    for (version, number) in [("v2", "+41791234567"), ("v2beta", "+41791234568")] {
        let path = format!("/{version}/users/{{userId}}/phone");
        let body = serde_json::json!({ "phone": number, "returnCode": {} });
        let set = post(&path, body).await;
        let link = &document["paths"][&path]["post"]["responses"]["200"]["links"]["VerifyPhone"];
        assert_eq!(link["parameters"]["userId"], "$request.path.userId");
        let code = link["requestBody"]["verificationCode"].as_str().unwrap();
        let code = set
            .json()
            .pointer(code.strip_prefix("$response.body#").unwrap())
            .cloned();
        let paths = document["paths"].as_object().unwrap();
        let (target, _) = paths
            .iter()
            .find(|(_, item)| item["post"]["operationId"] == link["operationId"])
            .unwrap();
        let verified = post(target, serde_json::json!({ "verificationCode": code.unwrap() })).await;
        assert_eq!((set.status, verified.status), (200, 200), "{target}");
    }
}

#[tokio::test]
async fn the_page_and_all_that_it_loads_come_from_here_and_are_kept_to_it() {
    let server = Server::start().await;
    let get = async |path: &str| http1(server.address, request("GET", path, &[], "")).await;
    let page = get("/docs").await;
    let html = String::from_utf8(page.body.to_vec()).unwrap();
    let loaded: Vec<&str> = html
        .split("src=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect();
    assert_eq!(loaded, ["docs/scalar.js", "docs/docs.js"]);
    assert!(!html.contains("//"), "{html}");
    for (path, content_type) in [
        ("/docs", "text/html; charset=utf-8"),
        ("/docs/scalar.js", "text/javascript; charset=utf-8"),
        ("/docs/docs.js", "text/javascript; charset=utf-8"),
        ("/openapi.json", "application/json"),
    ] {
        let answer = get(path).await;
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.header("content-type"), Some(content_type), "{path}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
        let policy = answer.header("content-security-policy").unwrap_or_default();
        assert!(
            policy.starts_with("default-src 'none'; script-src 'self';"),
            "{policy}"
        );
        assert!(
            !policy.contains("unsafe-eval") && !policy.contains("http"),
            "{policy}"
        );
    }
    let given: Value = serde_json::from_slice(&get("/openapi.json").await.body).unwrap();
    assert_eq!(given, document());
    let viewer = get("/docs/scalar.js").await;
    assert_eq!(viewer.header("content-encoding"), Some("gzip"));
    assert_eq!(viewer.body[..2], [0x1f, 0x8b]);
}

#[tokio::test]
async fn without_the_reference_its_paths_do_not_exist() {
    let server = Server::with(Options {
        docs: false,
        ..Options::default()
    })
    .await;
    for path in ["/docs", "/docs/docs.js", "/docs/scalar.js", "/openapi.json"] {
        let answer = http1(server.address, request("GET", path, &[], "")).await;
        assert_eq!(answer.status, 404, "{path}");
    }
}
