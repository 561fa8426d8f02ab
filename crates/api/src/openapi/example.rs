//! A request as an example: what must be there, and what the proto file has an example for.

use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};
use serde_json::{Map, Value, json};

use super::{
    rule::{self, Rule},
    schema::must_be_there,
};

/// A value of the message; what a path says already is left out of it.
pub(super) fn message(message: &MessageDescriptor, in_path: &[String]) -> Value {
    object(message, in_path, 0)
}

/// How deeply messages in messages are looked at: a search may hold searches.
const DEPTH_MAX: usize = 4;

fn object(message: &MessageDescriptor, in_path: &[String], depth: usize) -> Value {
    let mut value = Map::new();
    if depth > DEPTH_MAX {
        return Value::Object(value);
    }
    let free = |field: &FieldDescriptor| !in_path.iter().any(|name| name == field.name());
    let fields = message
        .fields()
        .filter(|field| free(field) && !is_alternative(field));
    for field in fields {
        let rule = Rule::of(&field);
        let worth_showing = must_be_there(&field, &rule) || is_chosen(&field) || rule.example.is_some();
        if worth_showing {
            value.insert(field.json_name().to_owned(), one(&field, &rule, depth));
        }
    }
    Value::Object(value)
}

/// A member of a oneof whose place another one takes: the first is shown.
fn is_alternative(field: &FieldDescriptor) -> bool {
    let oneof = field.containing_oneof().filter(|oneof| !oneof.is_synthetic());
    oneof.is_some_and(|oneof| oneof.fields().next().is_some_and(|first| first != *field))
}

/// The member that is shown of a oneof that asks for one, or that is about verification.
fn is_chosen(field: &FieldDescriptor) -> bool {
    let oneof = field.containing_oneof().filter(|oneof| !oneof.is_synthetic());
    oneof.is_some_and(|oneof| rule::is_needed(&oneof) || field.name() == "send_code" && is_phone(field))
}

/// Ringtrue sends no mail, so that only the code of a phone is shown as sent.
fn is_phone(field: &FieldDescriptor) -> bool {
    matches!(field.kind(), Kind::Message(message) if message.name() == "SendPhoneVerificationCode")
}

fn one(field: &FieldDescriptor, rule: &Rule, depth: usize) -> Value {
    let value = match field.kind() {
        Kind::Message(message) => object(&message, &[], depth + 1),
        Kind::Enum(enumeration) => json!(enumeration.values().nth(1).map(|value| value.name().to_owned())),
        Kind::Bool => json!(true),
        Kind::String => json!(
            rule.example
                .clone()
                .unwrap_or_else(|| field.json_name().to_owned())
        ),
        Kind::Bytes => json!("Ymx1ZQ=="),
        _ => json!(1),
    };
    if field.is_list() { json!([value]) } else { value }
}
