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
    table: Vec<Line>,
    /// Every method there is, the peer's included: an error whose description names some of them is theirs alone.
    methods: Vec<String>,
}

/// A line of the error table, under a name that no other line has.
struct Line {
    name: String,
    entry: Entry,
}

impl Replies {
    /// The error table, and the methods that it is about.
    pub(super) fn new() -> Self {
        let rules = Surface::new().rules.into_iter();
        Self {
            table: lines(),
            methods: rules.map(|rule| rule.rpc.name.clone()).collect(),
        }
    }

    /// Every refusal as it looks, as `components/examples`.
    pub(super) fn examples(&self) -> Map<String, Value> {
        let examples = self.table.iter().map(|Line { name, entry }| {
            let example = json!({ "summary": entry.when, "value": entry.problem.rest_body() });
            (name.clone(), example)
        });
        examples.collect()
    }

    /// All answers of a call, by status.
    pub(super) fn of(&self, call: &Call, schemas: &mut Schemas) -> Map<String, Value> {
        let mut by_status: BTreeMap<u16, Vec<&Line>> = BTreeMap::new();
        for line in self.table.iter().filter(|line| self.concerns(&line.entry, call)) {
            by_status
                .entry(line.entry.problem.http.as_u16())
                .or_default()
                .push(line);
        }
        let mut replies = Map::new();
        let schema = schemas.message(&call.method.output(), Way::Out, &[]);
        let success =
            json!({ "description": "Done.", "content": { "application/json": { "schema": schema } } });
        replies.insert(call.success.as_u16().to_string(), success);
        for (status, lines) in by_status {
            replies.insert(status.to_string(), refusal(status, &lines));
        }
        replies
    }

    fn concerns(&self, entry: &Entry, call: &Call) -> bool {
        match entry.scope {
            Scope::Caller => true,
            Scope::Write => !call.reads,
            Scope::Field => call.has_body(),
            Scope::Method => self.names_or_names_none(entry.when, call.name()),
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

/// The table with a name for each line: its id, or its code where it has none, and a number where both are taken.
fn lines() -> Vec<Line> {
    let mut taken: BTreeMap<String, u32> = BTreeMap::new();
    let named = Entry::on_rest().into_iter().map(|entry| {
        let name = match entry.problem.id {
            "" => format!("{:?}", entry.problem.code),
            id => id.to_owned(),
        };
        let count = taken.entry(name.clone()).or_default();
        *count += 1;
        let name = match *count {
            1 => name,
            count => format!("{name}-{count}"),
        };
        Line { name, entry }
    });
    named.collect()
}

fn refusal(status: u16, lines: &[&Line]) -> Value {
    let mut description = String::new();
    let mut examples = Map::new();
    let mut headers = Map::new();
    for Line { name, entry } in lines {
        let id = match entry.problem.id {
            "" => "no id",
            id => id,
        };
        // Writing to a String cannot fail.
        let _ = writeln!(description, "- `{id}`: {}", entry.when);
        // By the id alone, where that tells it apart here.
        let is_known = entry.problem.id.is_empty() || examples.contains_key(id);
        let key = if is_known { name } else { id };
        let example = json!({ "$ref": format!("#/components/examples/{name}") });
        examples.insert(key.to_owned(), example);
        if entry.problem.retry_after.is_some() {
            let seconds = json!({
                "description": "In how many seconds it may go better, if waiting helps.",
                "schema": { "type": "integer", "minimum": 1 },
            });
            headers.insert("Retry-After".to_owned(), seconds);
        }
    }
    if status == StatusCode::UNAUTHORIZED.as_u16() {
        let text = json!({ "description": "The message.", "schema": { "type": "string" } });
        headers.insert("WWW-Authenticate".to_owned(), text);
    }
    let schema = json!({ "$ref": "#/components/schemas/Error" });
    let mut reply = json!({
        "description": description.trim_end(),
        "content": { "application/json": { "schema": schema, "examples": examples } },
    });
    if !headers.is_empty() {
        reply["headers"] = headers.into();
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
