//! The headers that calls take besides `Authorization`.

use http::HeaderName;
use serde_json::{Map, Value, json};

use super::calls::Call;
use crate::{
    authenticate::ORGANIZATION,
    idempotency::IDEMPOTENCY_KEY,
    trace::{REQUEST_ID, TRACEPARENT},
};

/// A string of RFC 9651 of 1 to 255 characters, or the same without its quotes.
const KEY_PATTERN: &str = r#"^("([ !#-\[\]-~]|\\["\\]){1,255}"|[!#-+\--:<-\[\]-~]{1,255})[ \t]*$"#;

/// A header, as every call that takes it refers to it.
struct Header {
    name: HeaderName,
    taken_by: fn(&Call) -> bool,
    description: &'static str,
    schema: Value,
}

fn all() -> [Header; 4] {
    let text = || json!({ "type": "string" });
    [
        Header {
            name: IDEMPOTENCY_KEY,
            taken_by: |call| !call.reads,
            description: "Names the call, so that it can be repeated: under one key it takes effect once and is answered alike, \
                          however often it comes. A UUID for example, in quotes or without; another for every other call.",
            schema: json!({
                "type": "string",
                "pattern": KEY_PATTERN,
                "examples": ["\"8e03978e-40d5-43dd-bc93-6894a57f9324\""],
            }),
        },
        Header {
            name: ORGANIZATION,
            taken_by: |call| call.name() == "AddHumanUser",
            description: "The organization to own the user, where the request names none; without either, the caller's.",
            schema: text(),
        },
        Header {
            name: REQUEST_ID,
            taken_by: |_| true,
            description: "What the request is called in the answer and in the log: 1 to 64 letters, digits and `-_.:`. Without one \
                          of these an id is drawn.",
            schema: text(),
        },
        Header {
            name: TRACEPARENT,
            taken_by: |_| true,
            description: "The trace that the request belongs to, by W3C Trace Context. Without a valid one a trace begins here.",
            schema: text(),
        },
    ]
}

/// The headers, as `components/parameters`.
pub(super) fn components() -> Map<String, Value> {
    let headers = all().into_iter().map(|header| {
        let parameter = json!({
            "name": header.name.as_str(),
            "in": "header",
            "required": false,
            "description": header.description,
            "schema": header.schema,
        });
        (header.name.as_str().to_owned(), parameter)
    });
    headers.collect()
}

/// References to the headers that a call takes.
pub(super) fn of(call: &Call) -> impl Iterator<Item = Value> {
    let taken = all().into_iter().filter(|header| (header.taken_by)(call));
    taken.map(|header| json!({ "$ref": format!("#/components/parameters/{}", header.name) }))
}
