//! Messages as JSON schemas: what is read, as leniently as it is read; what is written, as strictly as it is written.

use std::{collections::BTreeMap, fmt::Write as _};

use prost_reflect::{EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor};
use serde_json::{Map, Value, json};

use super::{
    comments,
    rule::{self, Rule},
};

/// Whether a message comes in or goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// It is read: `null` is unset, numbers may be texts.
    In,
    /// It is written.
    Out,
}

/// The schemas that others refer to, by name.
#[derive(Default)]
pub(super) struct Schemas(BTreeMap<String, Value>);

impl Schemas {
    /// All of them, as `components/schemas`.
    pub(super) fn into_json(self) -> Map<String, Value> {
        self.0.into_iter().collect()
    }

    /// Puts a schema of our own beside those of the messages.
    pub(super) fn insert(&mut self, name: &str, schema: Value) {
        self.0.insert(name.to_owned(), schema);
    }

    /// A reference to the schema of a message; what a path says already is left out of it.
    pub(super) fn message(&mut self, message: &MessageDescriptor, way: Way, in_path: &[String]) -> Value {
        let name = message.full_name().to_owned();
        if !self.0.contains_key(&name) {
            // A message may hold itself: the name is taken before its fields are looked at.
            self.0.insert(name.clone(), Value::Null);
            let schema = self.object(message, way, in_path);
            self.0.insert(name.clone(), schema);
        }
        reference(&name)
    }

    fn object(&mut self, message: &MessageDescriptor, way: Way, in_path: &[String]) -> Value {
        let mut properties = Map::new();
        let mut required = Vec::new();
        let fields = message
            .fields()
            .filter(|field| !in_path.iter().any(|name| name == field.name()));
        for field in fields {
            let rule = Rule::of(&field);
            if way == Way::In && must_be_there(&field, &rule) {
                required.push(field.json_name().to_owned());
            }
            let schema = self.field(&field, &rule, way);
            properties.insert(field.json_name().to_owned(), schema);
        }
        let comment = comments::at(&message.parent_file(), message.path());
        let mut schema = json!({ "type": "object", "description": comment, "properties": properties });
        if !required.is_empty() {
            schema["required"] = json!(required);
        }
        if way == Way::In {
            let choices: Vec<Value> = message
                .oneofs()
                .filter(|oneof| !oneof.is_synthetic())
                .map(|oneof| choice(&oneof))
                .collect();
            match <[Value; 1]>::try_from(choices) {
                Ok([choice]) => schema["oneOf"] = choice,
                Err(choices) if choices.is_empty() => {}
                Err(choices) => {
                    let all: Vec<Value> = choices.into_iter().map(|one| json!({ "oneOf": one })).collect();
                    schema["allOf"] = json!(all);
                }
            }
        }
        schema
    }

    fn field(&mut self, field: &FieldDescriptor, rule: &Rule, way: Way) -> Value {
        let comment = comments::at(&field.parent_message().parent_file(), field.path());
        let mut schema = if field.is_list() {
            let item = self.value(&field.kind(), rule, way);
            json!({ "type": "array", "items": item })
        } else {
            self.value(&field.kind(), rule, way)
        };
        if way == Way::In && !must_be_there(field, rule) {
            schema = or_null(schema);
        }
        schema["description"] = json!(comment);
        schema
    }

    fn value(&mut self, kind: &Kind, rule: &Rule, way: Way) -> Value {
        match kind {
            Kind::Bool if rule.only_true && way == Way::In => json!({ "type": "boolean", "const": true }),
            Kind::Bool => json!({ "type": "boolean" }),
            Kind::String => text(rule),
            Kind::Bytes => bytes(rule),
            Kind::Message(message) => match message.full_name() {
                "google.protobuf.Timestamp" => json!({
                    "type": "string",
                    "format": "date-time",
                    "examples": ["2026-01-01T12:00:00.123456Z"],
                }),
                "google.protobuf.Duration" => {
                    json!({ "type": "string", "pattern": "^-?[0-9]+(\\.[0-9]{1,9})?s$", "examples": ["30s"] })
                }
                _ => self.message(message, way, &[]),
            },
            Kind::Enum(enumeration) => self.enumeration(enumeration, way),
            Kind::Uint64 | Kind::Fixed64 => integer(way, "uint64", Some((0, u64::MAX)), true),
            Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => integer(way, "int64", None, true),
            Kind::Uint32 | Kind::Fixed32 => integer(way, "uint32", Some((0, u64::from(u32::MAX))), false),
            Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => integer(way, "int32", None, false),
            Kind::Double | Kind::Float => json!({ "type": ["number", "string"] }),
        }
    }

    fn enumeration(&mut self, enumeration: &EnumDescriptor, way: Way) -> Value {
        let name = enumeration.full_name().to_owned();
        if !self.0.contains_key(&name) {
            let values: Vec<String> = enumeration
                .values()
                .map(|value| value.name().to_owned())
                .collect();
            let file = enumeration.parent_file();
            let mut text = comments::at(&file, enumeration.path());
            text.push('\n');
            for value in enumeration.values() {
                let meaning = comments::at(&file, value.path());
                // Writing to a String cannot fail.
                let _ = write!(text, "\n- `{}`: {meaning}", value.name());
            }
            let schema = json!({ "type": "string", "description": text, "enum": values });
            self.0.insert(name.clone(), schema);
        }
        match way {
            Way::Out => reference(&name),
            Way::In => {
                let numbers: Vec<i32> = enumeration.values().map(|value| value.number()).collect();
                json!({
                    "anyOf": [
                        reference(&name),
                        { "type": "integer", "description": "The number of a value.", "enum": numbers },
                        { "type": "string", "description": "A name that is unknown counts as none." },
                    ],
                })
            }
        }
    }
}

/// Whether a request without the field is refused.
pub(super) fn must_be_there(field: &FieldDescriptor, rule: &Rule) -> bool {
    // A text that may be left out is in a oneof, if only in one of its own.
    let needs_content = rule.min > 0 && field.containing_oneof().is_none() && !field.is_list();
    rule.required || needs_content
}

/// Whether a message with nothing in it is refused.
pub(super) fn needs_content(message: &MessageDescriptor, in_path: &[String]) -> bool {
    let mut fields = message
        .fields()
        .filter(|field| !in_path.iter().any(|name| name == field.name()));
    let mut oneofs = message.oneofs();
    fields.any(|field| must_be_there(&field, &Rule::of(&field)))
        || oneofs.any(|oneof| rule::is_needed(&oneof))
}

/// The members of a oneof: exactly one, or at most one; `null` is none.
fn choice(oneof: &prost_reflect::OneofDescriptor) -> Value {
    let names: Vec<String> = oneof.fields().map(|field| field.json_name().to_owned()).collect();
    let mut branches: Vec<Value> = names
        .iter()
        .map(|name| {
            json!({
                "title": name,
                "required": [name],
                "properties": { name: { "not": { "type": "null" } } },
            })
        })
        .collect();
    if !rule::is_needed(oneof) {
        let unset: Map<String, Value> = names
            .iter()
            .map(|name| (name.clone(), json!({ "type": "null" })))
            .collect();
        branches.push(json!({ "title": "none of them", "properties": unset }));
    }
    Value::Array(branches)
}

/// A text of this rule.
pub(super) fn text(rule: &Rule) -> Value {
    let mut schema = json!({ "type": "string" });
    if rule.min > 0 {
        schema["minLength"] = json!(rule.min);
    }
    if let Some(max) = rule.max {
        schema["maxLength"] = json!(max);
    }
    match rule.kind {
        // Whatever is checked for its length is checked for this too.
        rule::Kind::Text if rule.max.is_some() => schema["pattern"] = json!("^[^\\u0000]*$"),
        rule::Kind::Text => {}
        rule::Kind::Id => schema["pattern"] = json!("^[^\\u0000-\\u001f\\u007f-\\u009f]*$"),
        rule::Kind::Phone => schema["format"] = json!("phone-number"),
        rule::Kind::Email => schema["format"] = json!("email"),
    }
    if let Some(example) = &rule.example {
        schema["examples"] = json!([example]);
    }
    schema
}

/// Bytes are base64: four characters for three bytes.
fn bytes(rule: &Rule) -> Value {
    let mut schema = json!({ "type": "string", "format": "byte", "contentEncoding": "base64" });
    if rule.min > 0 {
        schema["minLength"] = json!((rule.min * 4).div_ceil(3));
    }
    if let Some(max) = rule.max {
        schema["maxLength"] = json!(max.div_ceil(3) * 4);
    }
    schema
}

fn integer(way: Way, format: &str, range: Option<(u64, u64)>, as_text: bool) -> Value {
    let types = match (way, as_text) {
        (Way::In, _) => json!(["integer", "string"]),
        (Way::Out, true) => json!("string"),
        (Way::Out, false) => json!("integer"),
    };
    let mut schema = json!({ "type": types, "format": format });
    if way == Way::In || as_text {
        schema["pattern"] = json!(match (way, range) {
            (Way::In, Some((_, max))) => up_to(max),
            (Way::Out, Some(_)) => "^[0-9]+$".to_owned(),
            (_, None) => "^-?[0-9]+$".to_owned(),
        });
    }
    if let Some((min, max)) = range {
        schema["minimum"] = json!(min);
        schema["maximum"] = json!(max);
    }
    schema
}

/// The pattern of whole numbers from 0 to `max`, written as texts, for which a schema's `maximum` says nothing.
fn up_to(max: u64) -> String {
    let digits = max.to_string();
    let mut forms = vec!["0".to_owned()];
    if digits.len() > 1 {
        forms.push(format!("[1-9][0-9]{{0,{}}}", digits.len() - 2));
    }
    // As many digits: they agree with the maximum's up to one that is less.
    for (place, digit) in digits.bytes().enumerate() {
        let least = if place == 0 { b'1' } else { b'0' };
        if digit > least {
            let (agreeing, left) = (&digits[..place], digits.len() - place - 1);
            let (least, most) = (char::from(least), char::from(digit - 1));
            forms.push(format!("{agreeing}[{least}-{most}][0-9]{{{left}}}"));
        }
    }
    forms.push(digits);
    format!("^({})$", forms.join("|"))
}

fn or_null(mut schema: Value) -> Value {
    match schema.get("type") {
        Some(Value::String(one)) => schema["type"] = json!([one, "null"]),
        Some(Value::Array(some)) => {
            let mut all = some.clone();
            all.push(json!("null"));
            schema["type"] = json!(all);
        }
        _ => return json!({ "anyOf": [schema, { "type": "null" }] }),
    }
    if schema["const"] == json!(true) {
        schema["enum"] = json!([true, null]);
        if let Some(schema) = schema.as_object_mut() {
            schema.remove("const");
        }
    }
    schema
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}
