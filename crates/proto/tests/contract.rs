//! Every message, field, number and oneof of ZITADEL's user-phone API, in both versions.
//!
//! `tests/golden/wire.tsv` holds one message or enum a line: where it is (`user` and `object` are packages of both
//! versions; `user.v2` and `.v1` are one package), its name, and its fields as `name=number:type`, with `?` for
//! optional, `*` for repeated and `(oneof)` behind members of a oneof.

#![expect(clippy::unwrap_used, reason = "a test fails this way")]

use std::collections::BTreeSet;
use std::fmt::Write;

use prost_reflect::{EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor, ReflectMessage};
use ringtrue_proto::pool;

const TABLE: &str = include_str!("golden/wire.tsv");

/// The name without the version, so that both versions are described alike.
fn unversioned(full_name: &str) -> String {
    full_name
        .replacen("zitadel.", "", 1)
        .replacen(".v2beta.", ".", 1)
        .replacen(".v2.", ".", 1)
}

fn field(field: &FieldDescriptor) -> String {
    let kind = match field.kind() {
        Kind::Message(message) => unversioned(message.full_name()),
        Kind::Enum(enumeration) => unversioned(enumeration.full_name()),
        other => format!("{other:?}"),
    };
    let oneof = field.containing_oneof().filter(|oneof| !oneof.is_synthetic());
    let mark = match (
        field.is_list(),
        field.field_descriptor_proto().proto3_optional(),
        oneof,
    ) {
        (true, ..) => "*".to_owned(),
        (_, true, _) => "?".to_owned(),
        (.., Some(oneof)) => format!("({})", oneof.name()),
        _ => String::new(),
    };
    format!("{}={}:{kind}{mark}", field.name(), field.number())
}

fn message(message: &MessageDescriptor) -> String {
    message.fields().map(|f| field(&f)).collect::<Vec<_>>().join(" ")
}

fn enumeration(enumeration: &EnumDescriptor) -> String {
    let values = enumeration
        .values()
        .map(|value| format!("{}={}", value.name(), value.number()));
    values.collect::<Vec<_>>().join(" ")
}

/// All of ours, as `full name` and `fields`.
fn declared() -> BTreeSet<(String, String)> {
    let messages = pool()
        .all_messages()
        .map(|m| (m.full_name().to_owned(), message(&m)));
    let enums = pool()
        .all_enums()
        .map(|e| (e.full_name().to_owned(), enumeration(&e)));
    messages
        .chain(enums)
        .filter(|(name, _)| name.starts_with("zitadel."))
        .collect()
}

fn expected() -> BTreeSet<(String, String)> {
    let mut all = BTreeSet::new();
    for line in TABLE
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
    {
        let mut columns = line.split('\t');
        let (package, name) = (columns.next().unwrap(), columns.next().unwrap());
        let fields = columns.next().unwrap_or_default().to_owned();
        if package.contains('.') {
            all.insert((
                format!("zitadel.{}.{name}", package.trim_start_matches('.')),
                fields,
            ));
        } else {
            all.insert((format!("zitadel.{package}.v2.{name}"), fields.clone()));
            all.insert((format!("zitadel.{package}.v2beta.{name}"), fields));
        }
    }
    all
}

#[test]
fn every_message_is_the_peers_on_the_wire() {
    let (declared, expected) = (declared(), expected());
    let mut differences = String::new();
    for (name, fields) in expected.difference(&declared) {
        writeln!(differences, "expected {name}: {fields}").unwrap();
    }
    for (name, fields) in declared.difference(&expected) {
        writeln!(differences, "declared {name}: {fields}").unwrap();
    }
    assert!(differences.is_empty(), "{differences}");
}

/// Method, HTTP method, path behind the version, and whether it has a body, in version 2.
const METHODS: &str = "\
AddHumanUser post /users/human *
CreateUser post /users/new *
UpdateUser patch /users/{user_id} *
UpdateHumanUser put /users/human/{user_id} *
GetUserByID get /users/{user_id} -
ListUsers post /users *
DeleteUser delete /users/{user_id} -
DeactivateUser post /users/{user_id}/deactivate *
ReactivateUser post /users/{user_id}/reactivate *
LockUser post /users/{user_id}/lock *
UnlockUser post /users/{user_id}/unlock *
SetEmail post /users/{user_id}/email *
ResendEmailCode post /users/{user_id}/email/resend *
VerifyEmail post /users/{user_id}/email/verify *
SetPhone post /users/{user_id}/phone *
RemovePhone delete /users/{user_id}/phone *
ResendPhoneCode post /users/{user_id}/phone/resend *
VerifyPhone post /users/{user_id}/phone/verify *
";

/// The same of the service of organizations.
const ORGANIZATION_METHODS: &str = "\
AddOrganization post /organizations *
ListOrganizations post /organizations/_search *
";

fn methods(package: &str, service: &str) -> String {
    let (_, version) = package.split_once('.').unwrap();
    let service = pool()
        .get_service_by_name(&format!("zitadel.{package}.{service}"))
        .unwrap();
    let http = pool().get_extension_by_name("google.api.http").unwrap();
    let mut lines = String::new();
    for method in service.methods() {
        assert_eq!(
            method.input().full_name(),
            format!("zitadel.{package}.{}Request", method.name())
        );
        assert_eq!(
            method.output().full_name(),
            format!("zitadel.{package}.{}Response", method.name())
        );
        let options = method.options();
        let rule = options.get_extension(&http);
        let rule = rule.as_message().unwrap();
        let pattern = rule.descriptor().oneofs().next().unwrap();
        let verb = pattern.fields().find(|verb| rule.has_field(verb)).unwrap();
        let path = rule.get_field(&verb);
        let path = path
            .as_str()
            .unwrap()
            .strip_prefix(&format!("/{version}"))
            .unwrap()
            .to_owned();
        let body = rule.get_field_by_name("body").unwrap();
        let body = Some(body.as_str().unwrap())
            .filter(|body| !body.is_empty())
            .unwrap_or("-");
        writeln!(lines, "{} {} {path} {body}", method.name(), verb.name()).unwrap();
    }
    lines
}

#[test]
fn every_method_has_the_peers_path_in_version_2() {
    assert_eq!(methods("user.v2", "UserService"), METHODS);
    assert_eq!(methods("org.v2", "OrganizationService"), ORGANIZATION_METHODS);
}

#[test]
fn version_2beta_has_two_methods_less_and_one_path_of_its_own() {
    let expected: String = METHODS
        .lines()
        .filter(|line| !line.starts_with("CreateUser ") && !line.starts_with("UpdateUser "))
        .map(|line| line.replace("put /users/human/{user_id}", "put /users/{user_id}") + "\n")
        .collect();
    assert_eq!(methods("user.v2beta", "UserService"), expected);
}

#[test]
fn the_json_mapping_knows_every_kind_of_field_in_use() {
    for message in pool()
        .all_messages()
        .filter(|message| message.full_name().starts_with("zitadel."))
    {
        for field in message.fields() {
            assert!(
                !field.is_map() && !field.is_group(),
                "{} is a map or a group",
                field.full_name()
            );
            if let Kind::Message(of) = field.kind() {
                let known =
                    of.full_name().starts_with("zitadel.") || of.full_name() == "google.protobuf.Timestamp";
                assert!(known, "{} is a {}", field.full_name(), of.full_name());
            }
        }
    }
}

#[test]
fn reflection_gets_every_import_and_comment() {
    let file = pool()
        .get_file_by_name("zitadel/user/v2/user_service.proto")
        .unwrap();
    assert!(
        pool()
            .get_file_by_name("google/protobuf/descriptor.proto")
            .is_some()
    );
    let info = file.file_descriptor_proto().source_code_info.as_ref().unwrap();
    assert!(
        info.location
            .iter()
            .any(|location| location.leading_comments().contains("verifies their phones"))
    );
}
