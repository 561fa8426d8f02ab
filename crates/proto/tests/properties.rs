//! What holds of the JSON mapping for every message and every text.

#![expect(clippy::unwrap_used, reason = "a test fails this way")]

use std::sync::LazyLock;

use proptest::collection::vec;
use proptest::prelude::*;
use prost::Message;
use prost_reflect::{
    DescriptorPool, DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, ReflectMessage, Value,
};
use ringtrue_proto::json::{EmptyBody, JsonError, to_json, to_wire};
use ringtrue_proto::pool;

/// The descriptor of a message with every kind of field.
fn kinds() -> &'static MessageDescriptor {
    static KINDS: LazyLock<MessageDescriptor> = LazyLock::new(|| {
        let files =
            protox::compile(["kinds.proto"], [concat!(env!("CARGO_MANIFEST_DIR"), "/tests")]).unwrap();
        DescriptorPool::from_file_descriptor_set(files)
            .unwrap()
            .get_message_by_name("kinds.Kinds")
            .unwrap()
    });
    &KINDS
}

/// Draws from what proptest has drawn, and zeros behind that.
struct Entropy(std::vec::IntoIter<u64>);

impl Entropy {
    fn next(&mut self) -> u64 {
        self.0.next().unwrap_or(0)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn signed(&mut self) -> i64 {
        self.next().cast_signed()
    }

    fn text(&mut self) -> String {
        const CHARACTERS: [char; 12] = [
            'a', '0', '"', '\\', '/', '\n', '\u{0}', '\u{7f}', 'é', '\u{2028}', '😀', '\u{ffff}',
        ];
        (0..self.below(6))
            .map(|_| CHARACTERS[usize::try_from(self.below(12)).unwrap()])
            .collect()
    }
}

fn message(descriptor: &MessageDescriptor, depth: usize, entropy: &mut Entropy) -> DynamicMessage {
    let mut message = DynamicMessage::new(descriptor.clone());
    match descriptor.full_name() {
        "google.protobuf.Timestamp" => {
            let seconds = i64::try_from(entropy.below(315_537_897_600)).unwrap() - 62_135_596_800;
            message.set_field_by_name("seconds", Value::I64(seconds));
            message.set_field_by_name(
                "nanos",
                Value::I32(i32::try_from(entropy.below(1_000_000_000)).unwrap()),
            );
        }
        "google.protobuf.Duration" => {
            let sign = if entropy.below(2) == 0 { 1 } else { -1 };
            let seconds = i64::try_from(entropy.below(315_576_000_001)).unwrap();
            message.set_field_by_name("seconds", Value::I64(i64::from(sign) * seconds));
            let nanos = i32::try_from(entropy.below(1_000_000_000)).unwrap();
            message.set_field_by_name("nanos", Value::I32(sign * nanos));
        }
        _ => {
            // A member of a oneof unsets the members before it.
            for field in descriptor.fields() {
                if entropy.below(3) == 0 || depth == 0 && matches!(field.kind(), Kind::Message(_)) {
                    continue;
                }
                let value = if field.is_list() {
                    Value::List(
                        (0..entropy.below(4))
                            .map(|_| value(&field, depth, entropy))
                            .collect(),
                    )
                } else {
                    value(&field, depth, entropy)
                };
                message.set_field(&field, value);
            }
        }
    }
    message
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "any bits will do"
)]
fn value(field: &FieldDescriptor, depth: usize, entropy: &mut Entropy) -> Value {
    match field.kind() {
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => Value::I32(entropy.signed() as i32),
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => Value::I64(entropy.signed()),
        Kind::Uint32 | Kind::Fixed32 => Value::U32(entropy.signed() as u32),
        Kind::Uint64 | Kind::Fixed64 => Value::U64(entropy.next()),
        Kind::Float => Value::F32(
            Some(f32::from_bits(entropy.next() as u32))
                .filter(|v| !v.is_nan())
                .unwrap_or(1.5),
        ),
        Kind::Double => Value::F64(
            Some(f64::from_bits(entropy.next()))
                .filter(|v| !v.is_nan())
                .unwrap_or(-0.1),
        ),
        Kind::Bool => Value::Bool(entropy.below(2) == 0),
        Kind::String => Value::String(entropy.text()),
        Kind::Bytes => Value::Bytes(entropy.text().into_bytes().into()),
        Kind::Enum(_) => Value::EnumNumber(entropy.below(8) as i32 - 2),
        Kind::Message(descriptor) => Value::Message(message(&descriptor, depth - 1, entropy)),
    }
}

fn round_trip(message: &DynamicMessage) -> Result<(), TestCaseError> {
    let descriptor = message.descriptor();
    let json = to_json(&descriptor, message).unwrap();
    let wire = to_wire(&descriptor, &json, EmptyBody::Refuse)
        .map_err(|error| TestCaseError::fail(format!("{error} in {}", String::from_utf8_lossy(&json))))?;
    let read = DynamicMessage::decode(descriptor, wire.as_slice()).unwrap();
    prop_assert_eq!(
        read.encode_to_vec(),
        message.encode_to_vec(),
        "{}",
        String::from_utf8_lossy(&json)
    );
    Ok(())
}

/// What the descriptors' own library writes.
fn written_by_another(message: &DynamicMessage) -> serde_json::Value {
    serde_json::from_str(&serde_json::to_string(message).unwrap()).unwrap()
}

/// Pieces that JSON texts of a request are made of, and some that they are not.
const PIECES: [&str; 36] = [
    "{",
    "}",
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    ":",
    ",",
    "\"phone\"",
    "\"sendCode\"",
    "\"send_code\"",
    "\"returnCode\"",
    "\"isVerified\"",
    "\"userId\"",
    "\"profile\"",
    "\"metadata\"",
    "\"value\"",
    "\"gender\"",
    "\"x\"",
    "\"S3CRET\"",
    "S3CRET",
    "\"\\u00e9\\n\"",
    "\"",
    "\\",
    "null",
    "true",
    "false",
    "0",
    "-1.5e3",
    "01",
    "é",
    " \n\t",
    "1e",
    "nul",
];

fn text() -> impl Strategy<Value = String> {
    vec(0..PIECES.len(), 0..40).prop_map(|choice| choice.into_iter().map(|piece| PIECES[piece]).collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_kind_of_field_survives_json(entropy in vec(any::<u64>(), 0..300)) {
        round_trip(&message(kinds(), 3, &mut Entropy(entropy.into_iter())))?;
    }

    #[test]
    fn every_message_of_ours_survives_json(which in any::<prop::sample::Index>(), entropy in vec(any::<u64>(), 0..200)) {
        let ours: Vec<_> = pool().all_messages().filter(|m| m.full_name().starts_with("zitadel.")).collect();
        round_trip(&message(which.get(&ours), 4, &mut Entropy(entropy.into_iter())))?;
    }

    #[test]
    fn what_is_written_is_what_another_writer_writes(entropy in vec(any::<u64>(), 0..300)) {
        let message = message(kinds(), 3, &mut Entropy(entropy.into_iter()));
        let ours: serde_json::Value = serde_json::from_slice(&to_json(kinds(), &message).unwrap()).unwrap();
        prop_assert_eq!(ours, written_by_another(&message));
    }

    #[test]
    fn no_bytes_make_reading_panic(bytes in vec(any::<u8>(), 0..200)) {
        let _ = to_wire(kinds(), &bytes, EmptyBody::Accept);
        let mut within = b"{\"string\":\"".to_vec();
        within.extend(bytes);
        let _ = to_wire(kinds(), &within, EmptyBody::Accept);
    }

    #[test]
    fn what_was_cut_or_changed_does_not_make_reading_panic(
        entropy in vec(any::<u64>(), 0..100), cut in any::<prop::sample::Index>(), byte in any::<u8>(),
    ) {
        let mut json = to_json(kinds(), &message(kinds(), 2, &mut Entropy(entropy.into_iter()))).unwrap();
        let at = cut.index(json.len());
        let short = to_wire(kinds(), &json[..at], EmptyBody::Refuse);
        prop_assert!(short.is_err(), "a text without its end was read");
        json[at] = byte;
        if let Ok(wire) = to_wire(kinds(), &json, EmptyBody::Refuse) {
            prop_assert!(DynamicMessage::decode(kinds().clone(), wire.as_slice()).is_ok());
        }
    }

    #[test]
    fn an_error_never_repeats_a_value(text in text()) {
        let request = pool().get_message_by_name("zitadel.user.v2.SetPhoneRequest").unwrap();
        for json in [text.clone(), format!("{{\"phone\":{text}}}"), format!("{{\"sendCode\":{text}")] {
            if let Err(error) = to_wire(&request, json.as_bytes(), EmptyBody::Accept) {
                let told = format!("{error} {error:?}");
                prop_assert!(!told.contains("S3CRET"), "{}", told);
            }
        }
    }

    #[test]
    fn json_is_malformed_exactly_when_another_parser_says_so(text in text()) {
        let message = pool().get_message_by_name("zitadel.user.v2.SendPhoneVerificationCode").unwrap();
        let json = format!("{{\"a\":{text}}}");
        let ours = to_wire(&message, json.as_bytes(), EmptyBody::Refuse);
        let malformed = matches!(ours, Err(JsonError::Malformed { .. } | JsonError::UnexpectedEnd));
        let mut other = serde_json::Deserializer::from_str(&json);
        let other: Result<serde::de::IgnoredAny, _> = serde::Deserialize::deserialize(&mut other);
        prop_assert_eq!(malformed, other.is_err(), "{}: {:?}, {:?}", json, ours, other.err());
    }
}

#[test]
fn numbers_that_are_not_finite_are_words() {
    let json = br#"{"float":"NaN","double":"-Infinity","doubles":["Infinity",1e300,"0.5"]}"#;
    let wire = to_wire(kinds(), json, EmptyBody::Refuse).unwrap();
    let message = DynamicMessage::decode(kinds().clone(), wire.as_slice()).unwrap();
    let written: serde_json::Value = serde_json::from_slice(&to_json(kinds(), &message).unwrap()).unwrap();
    let expected: serde_json::Value =
        serde_json::from_str(r#"{"float":"NaN","double":"-Infinity","doubles":["Infinity",1e300,0.5]}"#)
            .unwrap();
    assert_eq!(written, expected);
}

#[test]
fn numbers_out_of_range_are_refused() {
    for json in [
        r#"{"int32":2147483648}"#,
        r#"{"int64":"-9223372036854775809"}"#,
        r#"{"sint32":-2147483649}"#,
        r#"{"fixed32":-1}"#,
        r#"{"sfixed64":9223372036854775808}"#,
        r#"{"float":1e39}"#,
        r#"{"double":1e309}"#,
        r#"{"double":"inf"}"#,
        r#"{"double":" 1"}"#,
        r#"{"within":"1"}"#,
    ] {
        let read = to_wire(kinds(), json.as_bytes(), EmptyBody::Refuse);
        assert!(matches!(read, Err(JsonError::Field { .. })), "{json}: {read:?}");
    }
}
