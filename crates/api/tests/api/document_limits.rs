//! The limits that the document tells are those that the server keeps: one character less or more makes the difference.

use serde_json::{Map, Value, json};

use crate::support::{
    http::{http1, request},
    server::{OWNER, Server},
};

/// A text somewhere in a body, and its limits.
struct Text {
    pointer: Vec<String>,
    min: usize,
    max: usize,
}

/// Every text with limits that can stand in a body beside what is in it already.
fn texts(document: &Value, schema: &Value, example: &Value, at: &[String], found: &mut Vec<Text>) {
    let schema = resolved(document, schema);
    let alternatives: Vec<&str> = [schema["oneOf"].as_array(), schema["allOf"][0]["oneOf"].as_array()]
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|branch| branch["title"].as_str())
        .collect();
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        let is_there = !example[name].is_null();
        if alternatives.contains(&name.as_str()) && !is_there {
            continue;
        }
        let pointer: Vec<String> = at.iter().chain([name]).cloned().collect();
        if let (Some(max), None) = (property["maxLength"].as_u64(), property.get("contentEncoding")) {
            found.push(Text {
                pointer,
                min: usize::try_from(property["minLength"].as_u64().unwrap_or_default()).unwrap(),
                max: usize::try_from(max).unwrap(),
            });
        } else if is_there {
            texts(document, property, &example[name], &pointer, found);
        }
    }
}

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
    for name in pointer {
        place = place
            .as_object_mut()
            .unwrap()
            .entry(name)
            .or_insert_with(|| Value::Object(Map::new()));
    }
    *place = json!(text);
    body
}

#[tokio::test]
async fn every_limit_of_the_document_is_the_servers() {
    let server = Server::start().await;
    let document: Value = serde_json::from_slice(&ringtrue_api::openapi()).unwrap();
    let token = format!("Bearer {OWNER}");
    let mut tried = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        for (verb, operation) in item.as_object().unwrap() {
            let content = &operation["requestBody"]["content"]["application/json"];
            let replies = &operation["responses"];
            if content.is_null() || (replies["200"].is_null() && replies["201"].is_null()) {
                continue;
            }
            let example = &content["examples"]["example"]["value"];
            let mut found = Vec::new();
            texts(&document, &content["schema"], example, &[], &mut found);
            for text in found {
                let mut lengths = vec![(text.max, true), (text.max + 1, false)];
                if text.min > 0 {
                    lengths.extend([(text.min, true), (text.min - 1, false)]);
                }
                for (length, allowed) in lengths {
                    let body = with(example, &text.pointer, &"é".repeat(length)).to_string();
                    let path = path.replace("{userId}", "nobody");
                    let headers = [("authorization", token.as_str())];
                    let request = request(&verb.to_uppercase(), &path, &headers, body);
                    let answer = http1(server.address, request).await;
                    let message = answer.json()["message"].as_str().unwrap_or_default().to_owned();
                    let about_length = message.contains("value length must be");
                    // A field that cannot be honoured is refused whatever its length.
                    let declined = answer.status == 501;
                    assert!(
                        declined || about_length != allowed,
                        "{verb} {path} {:?} of {length}: {} {message}",
                        text.pointer,
                        answer.status
                    );
                    tried += 1;
                }
            }
        }
    }
    assert!(tried > 40, "{tried}");
}
