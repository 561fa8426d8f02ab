//! The document as a whole.

use serde_json::{Map, Value, json};

use super::{
    calls::Call,
    comments, example, headers,
    replies::{self, Replies},
    rule::Rule,
    samples,
    schema::{self, Schemas, Way},
};

const DESCRIPTION: &str = "\
Sets, sends and verifies the phones of users, behind the API of ZITADEL's user service. The same methods answer gRPC, \
gRPC-Web and Connect at `/zitadel.user.v2.UserService/{Method}` on the same port.

Every call takes `Authorization: Bearer <token>`. Bodies are protobuf-JSON, whatever the content type says: names as they \
stand here or as in the proto files (`send_code`), `null` for what is unset, unknown names ignored. A member of a choice \
excludes the others.

A write may come with an `Idempotency-Key`, for example a UUID: however often it is repeated, it takes effect once and is \
answered alike. Reads do not look at the header.

Every reply has an `x-request-id`: the request's own, or a drawn one.";

/// Makes the document.
pub(super) fn document() -> Value {
    let calls = Call::all();
    let replies = Replies::new();
    let mut schemas = Schemas::default();
    replies::schemas(&mut schemas);
    let mut paths = Map::new();
    for call in &calls {
        let item = paths.entry(call.path.clone()).or_insert_with(|| json!({}));
        item[call.verb.as_str().to_lowercase()] = operation(call, &calls, &replies, &mut schemas);
    }
    paths.extend(for_operators());
    let mut tags: Vec<String> = calls.iter().map(Call::tag).collect();
    tags.dedup();
    let mut seen = Vec::new();
    tags.retain(|tag| {
        !seen.contains(tag) && {
            seen.push(tag.clone());
            true
        }
    });
    tags.push(OPERATORS.to_owned());
    let tags: Vec<Value> = tags.into_iter().map(|tag| json!({ "name": tag })).collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Ringtrue",
            "version": "2",
            "description": DESCRIPTION,
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [{ "url": "/", "description": "This server." }],
        "security": [{ "bearer": [] }],
        "tags": tags,
        "paths": paths,
        "components": {
            "securitySchemes": {
                "bearer": { "type": "http", "scheme": "bearer", "description": "A token, such as `ringtrue token create` makes." },
            },
            "parameters": headers::components(),
            "examples": replies.examples(),
            "schemas": schemas.into_json(),
        },
    })
}

fn operation(call: &Call, calls: &[Call], replies: &Replies, schemas: &mut Schemas) -> Value {
    let mut operation = json!({
        "operationId": call.id(),
        "summary": call.name(),
        "description": call.comment,
        "tags": [call.tag()],
        "parameters": parameters(call),
        "responses": replies.of(call, schemas),
        "x-codeSamples": samples::of(call),
    });
    if call.is_deprecated {
        operation["deprecated"] = json!(true);
    }
    if call.has_body() {
        let input = call.method.input();
        let schema = schemas.message(&input, Way::In, &call.in_path);
        let example = example::message(&input, &call.in_path);
        operation["requestBody"] = json!({
            // An empty body is an empty message.
            "required": schema::needs_content(&input, &call.in_path),
            "content": { "application/json": { "schema": schema, "examples": { "example": { "value": example } } } },
        });
    }
    let links = links(call, calls);
    if !links.is_empty() {
        operation["responses"][call.success.as_str()]["links"] = json!(links);
    }
    operation
}

fn parameters(call: &Call) -> Vec<Value> {
    let input = call.method.input();
    let in_path = call
        .in_path
        .iter()
        .filter_map(|name| input.get_field_by_name(name));
    let in_path = in_path.map(|field| {
        let rule = Rule::of(&field);
        json!({
            "name": field.json_name(),
            "in": "path",
            "required": true,
            "description": comments::at(&input.parent_file(), field.path()),
            "schema": schema::text(&rule),
            "example": if field.name() == "user_id" { samples::USER } else { field.json_name() },
        })
    });
    in_path.chain(headers::of(call)).collect()
}

/// What a reply is good for: the method that gives it, the field, the method that takes it, and as what.
const LINKS: [(&str, &str, &str, &str); 12] = [
    ("AddHumanUser", "userId", "GetUserByID", "userId"),
    ("AddHumanUser", "userId", "SetPhone", "userId"),
    ("AddHumanUser", "userId", "DeleteUser", "userId"),
    ("CreateUser", "id", "GetUserByID", "userId"),
    ("CreateUser", "id", "SetPhone", "userId"),
    ("CreateUser", "id", "UpdateUser", "userId"),
    ("CreateUser", "id", "DeleteUser", "userId"),
    ("SetPhone", "verificationCode", "VerifyPhone", "verificationCode"),
    (
        "ResendPhoneCode",
        "verificationCode",
        "VerifyPhone",
        "verificationCode",
    ),
    ("SetEmail", "verificationCode", "VerifyEmail", "verificationCode"),
    (
        "ResendEmailCode",
        "verificationCode",
        "VerifyEmail",
        "verificationCode",
    ),
    ("SetPhone", "", "RemovePhone", ""),
];

fn links(call: &Call, calls: &[Call]) -> Map<String, Value> {
    let ours = LINKS.iter().filter(|(from, ..)| *from == call.name());
    ours.filter_map(|(_, field, to, taken_as)| {
        let target = calls
            .iter()
            .find(|other| other.name() == *to && other.version() == call.version())?;
        let given = format!("$response.body#/{field}");
        let link = if *taken_as == "userId" {
            json!({ "operationId": target.id(), "parameters": { "userId": given } })
        } else {
            let mut link =
                json!({ "operationId": target.id(), "parameters": { "userId": "$request.path.userId" } });
            if !taken_as.is_empty() {
                link["requestBody"] = json!({ *taken_as: given });
            }
            link
        };
        Some(((*to).to_owned(), link))
    })
    .collect()
}

const OPERATORS: &str = "for operators";

fn for_operators() -> Map<String, Value> {
    let text = |description: &str, example: &str| {
        json!({
            "description": description,
            "content": { "text/plain": { "schema": { "type": "string" }, "example": example } },
        })
    };
    let operation = |id: &str, summary: &str, responses: Value| {
        json!({
            "get": {
                "operationId": id,
                "summary": summary,
                "tags": [OPERATORS],
                "security": [],
                "responses": responses,
            },
        })
    };
    let ready = json!({
        "200": text("Calls can be served.", "ok"),
        "503": text("They cannot, and this is why.", "draining"),
    });
    Map::from_iter([
        (
            "/healthz".to_owned(),
            operation(
                "healthz",
                "Tells whether the process lives.",
                json!({ "200": text("It does.", "ok") }),
            ),
        ),
        (
            "/ready".to_owned(),
            operation(
                "ready",
                "Tells whether storage is reachable, its schema current, and the process not about to stop.",
                ready,
            ),
        ),
    ])
}
