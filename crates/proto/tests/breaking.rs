//! What a release has promised on the wire, its successors keep.
//!
//! `proto/released.txt` holds what the last release declared, one fact a line: `what\thow`. A line that is gone or that reads
//! otherwise now breaks somebody's client. New facts break nobody.

#![expect(clippy::unwrap_used, reason = "a test fails this way")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use prost_reflect::{
    Cardinality, DescriptorPool, DynamicMessage, EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor,
    MethodDescriptor,
};

const RELEASED: &str = include_str!("../../../proto/released.txt");

type Facts = BTreeMap<String, String>;

/// Everything that a client can rely on.
fn facts(pool: &DescriptorPool) -> Facts {
    let mut facts = Facts::new();
    let ours = |name: &str| !name.starts_with("google.") && !name.starts_with("ringtrue.");
    for message in pool.all_messages().filter(|message| ours(message.full_name())) {
        message_facts(&message, &mut facts);
    }
    for enumeration in pool.all_enums().filter(|it| ours(it.full_name())) {
        enum_facts(&enumeration, &mut facts);
    }
    for service in pool.services().filter(|service| ours(service.full_name())) {
        facts.insert(format!("service {}", service.full_name()), String::new());
        for method in service.methods() {
            let key = format!("rpc {}/{}", service.full_name(), method.name());
            facts.insert(key.clone(), signature(&method));
            if let Some(route) = route(pool, &method) {
                facts.insert(key.replacen("rpc", "route", 1), route);
            }
        }
    }
    facts
}

fn message_facts(message: &MessageDescriptor, facts: &mut Facts) {
    let name = message.full_name();
    facts.insert(format!("message {name}"), String::new());
    for field in message.fields() {
        facts.insert(format!("field {name} {}", field.number()), shape(&field));
    }
    for range in message.reserved_ranges() {
        for number in range {
            facts.insert(format!("reserved {name} {number}"), String::new());
        }
    }
    for reserved in message.reserved_names() {
        facts.insert(format!("reserved {name} {reserved}"), String::new());
    }
}

fn enum_facts(enumeration: &EnumDescriptor, facts: &mut Facts) {
    let name = enumeration.full_name();
    facts.insert(format!("enum {name}"), String::new());
    for value in enumeration.values() {
        facts.insert(
            format!("value {name} {}", value.number()),
            value.name().to_owned(),
        );
    }
    for range in enumeration.reserved_ranges() {
        for number in range {
            facts.insert(format!("reserved {name} {number}"), String::new());
        }
    }
    for reserved in enumeration.reserved_names() {
        facts.insert(format!("reserved {name} {reserved}"), String::new());
    }
}

/// Name, name in JSON, label, type and oneof.
fn shape(field: &FieldDescriptor) -> String {
    let kind = match field.kind() {
        Kind::Message(message) => message.full_name().to_owned(),
        Kind::Enum(enumeration) => enumeration.full_name().to_owned(),
        other => format!("{other:?}").to_lowercase(),
    };
    let label = match field.cardinality() {
        Cardinality::Repeated => "repeated ",
        _ if field.field_descriptor_proto().proto3_optional() => "optional ",
        _ => "",
    };
    let oneof = field.containing_oneof().filter(|oneof| !oneof.is_synthetic());
    let oneof = oneof.map_or_else(String::new, |oneof| format!(" in {}", oneof.name()));
    format!("{} ({}): {label}{kind}{oneof}", field.name(), field.json_name())
}

fn signature(method: &MethodDescriptor) -> String {
    let stream = |streams| if streams { "stream " } else { "" };
    format!(
        "{}{} -> {}{}",
        stream(method.is_client_streaming()),
        method.input().full_name(),
        stream(method.is_server_streaming()),
        method.output().full_name()
    )
}

/// Verb, path and body.
fn route(pool: &DescriptorPool, method: &MethodDescriptor) -> Option<String> {
    let extension = pool.get_extension_by_name("google.api.http")?;
    let options = method.options();
    let rule = options.get_extension(&extension);
    let rule: &DynamicMessage = rule.as_message()?;
    let fields = rule.fields().map(|(field, value)| {
        let value = value.as_str().map(str::to_owned).unwrap_or_default();
        format!("{} {value}", field.name())
    });
    let fields: Vec<String> = fields.collect();
    (!fields.is_empty()).then(|| fields.join(", "))
}

/// What the later facts do not keep of the earlier ones.
fn breaks(released: &Facts, now: &Facts) -> Vec<String> {
    released
        .iter()
        .filter_map(|(what, how)| match now.get(what) {
            None => Some(format!("{what}: gone, it was `{how}`")),
            Some(new) if new != how => Some(format!("{what}: was `{how}`, is `{new}`")),
            Some(_) => None,
        })
        .collect()
}

fn read(text: &str) -> Facts {
    let line = |line: &str| {
        let (what, how) = line.split_once('\t').unwrap_or((line, ""));
        (what.to_owned(), how.to_owned())
    };
    text.lines()
        .filter(|text| !text.starts_with('#'))
        .map(line)
        .collect()
}

fn write(facts: &Facts) -> String {
    let head =
        "# What the last release declares on the wire; see crates/proto/tests/breaking.rs.\n".to_owned();
    let lines = facts
        .iter()
        .map(|(what, how)| format!("{what}\t{how}").trim_end().to_owned() + "\n");
    std::iter::once(head).chain(lines).collect()
}

#[test]
fn what_was_released_is_kept() {
    let now = facts(ringtrue_proto::pool());
    let made = Path::new(env!("CARGO_TARGET_TMPDIR")).join("released.txt");
    fs::write(&made, write(&now)).unwrap();
    let released = read(RELEASED);
    assert!(released.len() > 300, "{} facts", released.len());
    let breaks = breaks(&released, &now);
    assert!(
        breaks.is_empty(),
        "clients of the last release would break:\n{}",
        breaks.join("\n")
    );
}

/// Compiles a file.
fn compile(text: &str) -> Facts {
    let folder = tempfile::tempdir().unwrap();
    let head = "syntax = \"proto3\";\npackage t;\nimport \"google/api/annotations.proto\";\n";
    fs::write(folder.path().join("t.proto"), format!("{head}{text}")).unwrap();
    let proto = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../proto");
    let mut compiler = protox::Compiler::new([folder.path(), &proto]).unwrap();
    compiler.include_imports(true).open_file("t.proto").unwrap();
    facts(&DescriptorPool::decode(compiler.encode_file_descriptor_set().as_slice()).unwrap())
}

const BEFORE: &str = r#"
message M { reserved 9; reserved "old"; string a = 1; optional string b = 2; repeated string c = 3; oneof o { string d = 4; string e = 5; } K k = 6; }
enum K { ZERO = 0; ONE = 1; }
message N {}
service S { rpc Call(M) returns (N) { option (google.api.http) = { post: "/v2/m/{a}" body: "*" }; } }
"#;

#[test]
fn every_rule_can_be_broken() {
    let before = compile(BEFORE);
    for (old, new, told) in [
        (
            "string a = 1;",
            "string x = 1;",
            "field t.M 1: was `a (a): string`, is `x (x): string`",
        ),
        ("string a = 1;", "string a = 7;", "field t.M 1: gone"),
        (
            "string a = 1;",
            "bytes a = 1;",
            "field t.M 1: was `a (a): string`, is `a (a): bytes`",
        ),
        (
            "string a = 1;",
            "repeated string a = 1;",
            "is `a (a): repeated string`",
        ),
        (
            "string a = 1;",
            "string a = 1 [json_name = \"z\"];",
            "is `a (z): string`",
        ),
        ("string a = 1;", "", "field t.M 1: gone"),
        ("optional string b", "string b", "is `b (b): string`"),
        ("repeated string c", "string c", "is `c (c): string`"),
        (
            "string d = 4; string e = 5; }",
            "string d = 4; } string e = 5;",
            "was `e (e): string in o`",
        ),
        ("oneof o", "oneof p", "is `d (d): string in p`"),
        ("K k = 6", "int32 k = 6", "was `k (k): t.K`, is `k (k): int32`"),
        ("reserved 9;", "", "reserved t.M 9: gone"),
        ("reserved 9;", "string again = 9;", "reserved t.M 9: gone"),
        ("reserved \"old\";", "", "reserved t.M old: gone"),
        ("ONE = 1;", "TWO = 1;", "value t.K 1: was `ONE`, is `TWO`"),
        ("ONE = 1;", "ONE = 2;", "value t.K 1: gone"),
        ("message N {}", "message N2 {}\nmessage N {}\n", ""),
        (
            "returns (N)",
            "returns (M)",
            "rpc t.S/Call: was `t.M -> t.N`, is `t.M -> t.M`",
        ),
        ("(M) returns", "(stream M) returns", "is `stream t.M -> t.N`"),
        ("rpc Call", "rpc Ring", "rpc t.S/Call: gone"),
        ("service S", "service T", "service t.S: gone"),
        ("post:", "put:", "route t.S/Call: was `post /v2/m/{a}, body *`"),
        ("/v2/m/{a}", "/v3/m/{a}", "route t.S/Call: was"),
        ("body: \"*\"", "", "route t.S/Call: was"),
        ("string a = 1;", "string a = 1; string f = 12;", ""),
    ] {
        assert!(BEFORE.contains(old), "{old}");
        let found = breaks(&before, &compile(&BEFORE.replacen(old, new, 1))).join("\n");
        assert_eq!(found.is_empty(), told.is_empty(), "{old} -> {new}: {found}");
        assert!(found.contains(told), "{old} -> {new}: {found}");
    }
}

#[test]
fn a_message_or_an_enum_that_is_gone_is_noticed() {
    let before = compile(BEFORE);
    let after = compile("message Other {}");
    let found = breaks(&before, &after);
    assert!(
        found.iter().any(|line| line.starts_with("message t.M: gone")),
        "{found:?}"
    );
    assert!(
        found.iter().any(|line| line.starts_with("enum t.K: gone")),
        "{found:?}"
    );
}

#[test]
fn facts_are_read_as_they_were_written() {
    let facts = compile(BEFORE);
    assert_eq!(read(&write(&facts)), facts);
}
