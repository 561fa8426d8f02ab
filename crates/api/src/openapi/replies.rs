//! What a call answers: its message, and every error of the table that it can be refused with.

use std::{collections::BTreeMap, fmt::Write as _};

use http::StatusCode;
use serde_json::{Map, Value, json};

use super::{
    calls::Call,
    schema::{Schemas, Way},
};
use crate::{
    error::{Entry, Scope},
    surface::Surface,
};

/// The answers of calls.
pub(super) struct Replies {
    table: Vec<Entry>,
    /// Every method there is, the peer's included: an error whose description names some of them is theirs alone.
    methods: Vec<String>,
}

impl Replies {
    /// The error table, and the methods that it is about.
    pub(super) fn new() -> Self {
        let rules = Surface::new().rules.into_iter();
        Self {
            table: Entry::on_rest(),
            methods: rules.map(|rule| rule.rpc.name.clone()).collect(),
        }
    }

    /// All answers of a call, by status.
    pub(super) fn of(&self, call: &Call, schemas: &mut Schemas) -> Map<String, Value> {
        let mut by_status: BTreeMap<u16, Vec<&Entry>> = BTreeMap::new();
        for entry in self.table.iter().filter(|entry| self.concerns(entry, call)) {
            by_status
                .entry(entry.problem.http.as_u16())
                .or_default()
                .push(entry);
        }
        let mut replies = Map::new();
        if call.is_implemented {
            let schema = schemas.message(&call.method.output(), Way::Out, &[]);
            let success =
                json!({ "description": "Done.", "content": { "application/json": { "schema": schema } } });
            replies.insert(call.success.as_u16().to_string(), success);
        }
        for (status, entries) in by_status {
            replies.insert(status.to_string(), refusal(status, &entries));
        }
        replies
    }

    fn concerns(&self, entry: &Entry, call: &Call) -> bool {
        match entry.scope {
            Scope::Caller => true,
            Scope::Unimplemented => !call.is_implemented,
            Scope::Field => call.is_implemented && call.has_body(),
            Scope::Method => call.is_implemented && self.names_or_names_none(entry.when, call.name()),
        }
    }

    fn names_or_names_none(&self, when: &str, method: &str) -> bool {
        let mut words = when
            .split(|character: char| !character.is_ascii_alphanumeric())
            .filter(|word| self.methods.iter().any(|known| known == word))
            .peekable();
        words.peek().is_none() || words.any(|word| word == method)
    }
}

fn refusal(status: u16, entries: &[&Entry]) -> Value {
    let mut description = String::new();
    let mut examples = Map::new();
    for entry in entries {
        let problem = &entry.problem;
        let id = if problem.id.is_empty() {
            "no id"
        } else {
            problem.id
        };
        // Writing to a String cannot fail.
        let _ = writeln!(description, "- `{id}`: {}", entry.when);
        let name = if problem.id.is_empty() {
            format!("{:?} {}", problem.code, examples.len() + 1)
        } else {
            problem.id.to_owned()
        };
        let example = json!({ "summary": entry.when, "value": problem.rest_body() });
        examples.insert(name.replace(' ', "-"), example);
    }
    let schema = json!({ "$ref": "#/components/schemas/Error" });
    let mut reply = json!({
        "description": description.trim_end(),
        "content": { "application/json": { "schema": schema, "examples": examples } },
    });
    if status == StatusCode::UNAUTHORIZED.as_u16() {
        let text = json!({ "description": "The message.", "schema": { "type": "string" } });
        reply["headers"] = json!({ "WWW-Authenticate": text });
    }
    if entries.iter().any(|entry| entry.problem.retry_after.is_some()) {
        let seconds = json!({
            "description": "In how many seconds it may go better, if waiting helps.",
            "schema": { "type": "integer", "minimum": 1 },
        });
        reply["headers"] = json!({ "Retry-After": seconds });
    }
    reply
}

/// The shape of every refusal.
pub(super) fn schemas(schemas: &mut Schemas) {
    let detail = |name: &str, properties: Value| {
        let mut all =
            json!({ "@type": { "type": "string", "const": format!("type.googleapis.com/{name}") } });
        if let (Some(all), Value::Object(properties)) = (all.as_object_mut(), properties) {
            all.extend(properties);
        }
        json!({ "type": "object", "required": ["@type"], "properties": all })
    };
    let text = |description: &str| json!({ "type": "string", "description": description });
    schemas.insert(
        "Error",
        json!({
            "type": "object",
            "description": "Why a call was refused. Tell refusals apart by the id in the details, which stays, and by the code where there is none.",
            "required": ["code", "message"],
            "properties": {
                "code": { "type": "integer", "description": "The gRPC code.", "minimum": 1, "maximum": 16 },
                "message": text("What was wrong, what would be right, and the id in parentheses."),
                "details": {
                    "type": "array",
                    "items": {
                        "oneOf": [
                            { "$ref": "#/components/schemas/ErrorDetail" },
                            { "$ref": "#/components/schemas/RetryInfo" },
                        ],
                    },
                },
            },
        }),
    );
    let properties =
        json!({ "id": text("Which refusal it is."), "message": text("The message without the id.") });
    schemas.insert("ErrorDetail", detail("zitadel.v1.ErrorDetail", properties));
    let properties = json!({ "retryDelay": text("When to try again: seconds, and an `s`.") });
    schemas.insert("RetryInfo", detail("google.rpc.RetryInfo", properties));
}
