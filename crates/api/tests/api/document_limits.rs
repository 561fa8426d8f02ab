//! The limits that the document tells are those that the server keeps: one character less or more makes the difference.

use serde_json::{Map, Value, json};

use crate::support::{
    http::{http1, request},
    server::{OWNER, Server},
};

/// How deep texts are looked for: conditions hold conditions without end.
const DEPTH_MAX: usize = 4;

/// A text somewhere in a body, and its limits.
struct Text {
    pointer: Vec<String>,
    min: usize,
    max: usize,
    refuses: Refuses,
}

/// Which characters may not be in a text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Refuses {
    Nothing,
    /// U+0000.
    Nul,
    /// Every control character: it is an id.
    Control,
}

/// What the document says of that.
fn refused_by(schema: &Value) -> Refuses {
    match schema["pattern"].as_str() {
        Some(pattern) if pattern.contains("u007f") => Refuses::Control,
        Some(_) => Refuses::Nul,
        // No number and no address has one.
        None if schema["format"].is_string() => Refuses::Nul,
        None => Refuses::Nothing,
    }
}

/// Every text with limits that can stand in a body beside what is in it already; in a list, in a first element of its own.
fn texts(document: &Value, schema: &Value, example: &Value, at: &[String], found: &mut Vec<Text>) {
    let schema = resolved(document, schema);
    let alternatives: Vec<&str> = [schema["oneOf"].as_array(), schema["allOf"][0]["oneOf"].as_array()]
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|branch| branch["title"].as_str())
        .collect();
    let chosen = alternatives.iter().any(|name| !example[*name].is_null());
    let in_list = at.iter().any(|step| step == FIRST);
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        let is_there = !example[name].is_null();
        if alternatives.contains(&name.as_str()) && !is_there && chosen {
            continue;
        }
        let mut pointer: Vec<String> = at.iter().chain([name]).cloned().collect();
        let (mut property, mut inner) = (resolved(document, property), &example[name]);
        let repeated = !property["items"].is_null();
        if repeated {
            pointer.push(FIRST.to_owned());
            (property, inner) = (resolved(document, &property["items"]), &Value::Null);
        }
        if let (Some(max), None) = (property["maxLength"].as_u64(), property.get("contentEncoding")) {
            found.push(Text {
                pointer,
                min: usize::try_from(property["minLength"].as_u64().unwrap_or_default()).unwrap(),
                max: usize::try_from(max).unwrap(),
                refuses: refused_by(property),
            });
        } else if (is_there || repeated || in_list) && pointer.len() < DEPTH_MAX {
            texts(document, property, inner, &pointer, found);
        }
    }
}

/// The step to the first element of a list.
const FIRST: &str = "0";

/// What a reference refers to, and what a nullable value is when it is not null.
fn resolved<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    if let Some(reference) = schema["$ref"].as_str() {
        return document.pointer(reference.trim_start_matches('#')).unwrap();
    }
    match schema["anyOf"].as_array() {
        Some(any) => resolved(document, &any[0]),
        None => schema,
    }
}

/// The body with another text in one place.
fn with(body: &Value, pointer: &[String], text: &str) -> Value {
    let mut body = body.clone();
    let mut place = &mut body;
    for (step, name) in pointer.iter().enumerate() {
        if name == FIRST {
            place = &mut place[0];
            continue;
        }
        let inner = place.as_object_mut().unwrap().entry(name).or_insert(Value::Null);
        if pointer.get(step + 1).is_some_and(|next| next == FIRST) {
            *inner = json!([{}]);
        } else if inner.is_null() {
            *inner = Value::Object(Map::new());
        }
        place = inner;
    }
    *place = json!(text);
    body
}

/// A request, and whether it keeps to the document.
struct Try {
    path: String,
    body: String,
    /// What the server says if it does not.
    complaint: &'static str,
    allowed: bool,
}

const LENGTH: &str = "value length must be";
const CONTROL: &str = "value must not contain control characters";

/// Every text of a body at the edges of its limits, and with a control character.
fn bodies(document: &Value, path: &str, operation: &Value) -> Vec<Try> {
    let content = &operation["requestBody"]["content"]["application/json"];
    let example = &content["examples"]["example"]["value"];
    let mut found = Vec::new();
    texts(document, &content["schema"], example, &[], &mut found);
    let tried = found.into_iter().flat_map(|text| {
        let mut tries = vec![
            ("é".repeat(text.max), LENGTH, true),
            ("é".repeat(text.max + 1), LENGTH, false),
        ];
        if text.min > 0 {
            tries.push(("é".repeat(text.min), LENGTH, true));
            tries.push(("é".repeat(text.min - 1), LENGTH, false));
        }
        let (nul, control) = ("a\0b".to_owned(), "a\u{7f}b".to_owned());
        tries.push((nul, "value must not contain", text.refuses == Refuses::Nothing));
        tries.push((control, CONTROL, text.refuses != Refuses::Control));
        tries.into_iter().map(move |(value, complaint, allowed)| Try {
            path: path.replace("{userId}", "nobody"),
            body: with(example, &text.pointer, &value).to_string(),
            complaint,
            allowed,
        })
    });
    tried.collect()
}

/// The variables of a path. An empty one makes another path.
fn paths(path: &str, operation: &Value) -> Vec<Try> {
    let parameters = operation["parameters"].as_array().unwrap().iter();
    let in_path = parameters.filter(|parameter| parameter["in"] == "path");
    let tried = in_path.flat_map(|parameter| {
        let variable = format!("{{{}}}", parameter["name"].as_str().unwrap());
        let max = usize::try_from(parameter["schema"]["maxLength"].as_u64().unwrap()).unwrap();
        let body = &operation["requestBody"]["content"]["application/json"]["examples"]["example"]["value"];
        [
            ("%C3%A9".repeat(max), LENGTH, true),
            ("%C3%A9".repeat(max + 1), LENGTH, false),
            (
                "a%7Fb".to_owned(),
                CONTROL,
                refused_by(&parameter["schema"]) != Refuses::Control,
            ),
        ]
        .map(|(value, complaint, allowed)| Try {
            path: path.replace(&variable, &value),
            body: body.as_object().map(|_| body.to_string()).unwrap_or_default(),
            complaint,
            allowed,
        })
    });
    tried.collect()
}

#[tokio::test]
async fn every_limit_of_the_document_is_the_servers() {
    let server = Server::start().await;
    let document: Value = serde_json::from_slice(&ringtrue_api::openapi()).unwrap();
    let token = format!("Bearer {OWNER}");
    let (mut in_bodies, mut in_paths, mut in_lists) = (0, 0, 0);
    for (path, item) in document["paths"].as_object().unwrap() {
        if !path.starts_with("/v2") {
            continue;
        }
        for (verb, operation) in item.as_object().unwrap() {
            let (bodies, paths) = (bodies(&document, path, operation), paths(path, operation));
            in_bodies += bodies.len();
            in_paths += paths.len();
            for tried in bodies.into_iter().chain(paths) {
                in_lists += usize::from(tried.body.contains("Query\":{"));
                let headers = [("authorization", token.as_str())];
                let request = request(&verb.to_uppercase(), &tried.path, &headers, tried.body.clone());
                let answer = http1(server.address, request).await;
                let message = answer.json()["message"].as_str().unwrap_or_default().to_owned();
                // A field that cannot be honoured is refused whatever it holds.
                let declined = answer.status == 501;
                assert!(
                    declined || message.contains(tried.complaint) != tried.allowed,
                    "{verb} {} {}: {} {message}",
                    tried.path,
                    tried.body,
                    answer.status
                );
            }
        }
    }
    assert!(
        in_bodies > 200 && in_paths > 80 && in_lists > 80,
        "{in_bodies} {in_paths} {in_lists}"
    );
}
