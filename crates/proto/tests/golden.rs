//! Walks the golden vectors of the JSON mapping, `tests/golden/*.tsv`.
//!
//! A line holds, separated by tabs: the promise, the message type (`v2.` and `v2beta.` stand for the packages of
//! the user service), the input, `ok` or `error`, and the JSON or text that is expected. In the input `¶` stands
//! for a line break, `→` for a tab, and `‹ff›` for the byte that is written in it.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails this way")]

use std::fmt::Write;
use std::path::Path;

use prost_reflect::{DynamicMessage, MessageDescriptor};
use ringtrue_proto::json::{EmptyBody, to_json, to_wire};
use ringtrue_proto::pool;

fn descriptor(name: &str) -> MessageDescriptor {
    let full = match name.split_once('.') {
        Some((version @ ("v2" | "v2beta"), message)) => format!("zitadel.user.{version}.{message}"),
        _ => name.to_owned(),
    };
    pool()
        .get_message_by_name(&full)
        .unwrap_or_else(|| panic!("no message {full}"))
}

fn input(text: &str) -> Vec<u8> {
    let text = text.replace('¶', "\n").replace('→', "\t");
    let mut parts = text.split('‹');
    let mut bytes = parts.next().unwrap().as_bytes().to_vec();
    for part in parts {
        let (hex, rest) = part.split_once('›').expect("a closing ›");
        bytes.push(u8::from_str_radix(hex, 16).unwrap());
        bytes.extend_from_slice(rest.as_bytes());
    }
    bytes
}

fn outcome(message: &str, json: &[u8], empty: EmptyBody) -> Result<serde_json::Value, String> {
    let descriptor = descriptor(message);
    let wire = to_wire(&descriptor, json, empty).map_err(|error| error.to_string())?;
    let message = DynamicMessage::decode(descriptor.clone(), wire.as_slice()).expect("what was read decodes");
    let json = to_json(&descriptor, &message).expect("what was read can be written");
    Ok(serde_json::from_slice(&json).expect("what was written is JSON"))
}

fn walk(file: &str, empty: EmptyBody) -> usize {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(file);
    let text = std::fs::read_to_string(path).unwrap();
    let (mut failures, mut count) = (String::new(), 0);
    for line in text
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
    {
        let columns: Vec<&str> = line.split('\t').collect();
        let [promise, message, json, verdict, expected] = columns[..] else {
            panic!("{} columns in {line}", columns.len());
        };
        let expected = match verdict {
            "ok" => Ok(serde_json::from_str(expected).unwrap()),
            "error" => Err(expected.to_owned()),
            other => panic!("verdict {other} in {line}"),
        };
        let got = outcome(message, &input(json), empty);
        if got != expected {
            writeln!(failures, "{promise}\n  expected {expected:?}\n  got      {got:?}").unwrap();
        }
        count += 1;
    }
    assert!(failures.is_empty(), "in {file}:\n{failures}");
    count
}

#[test]
fn what_is_read_is_what_the_peer_reads() {
    assert!(walk("reading.tsv", EmptyBody::Accept) >= 60);
}

#[test]
fn what_is_refused_is_refused_in_the_peers_words() {
    assert!(walk("refusing.tsv", EmptyBody::Accept) >= 60);
}

#[test]
fn connect_refuses_an_empty_body() {
    walk("connect.tsv", EmptyBody::Refuse);
}
