use std::sync::LazyLock;

use prost_reflect::{DynamicMessage, MessageDescriptor};
use ringtrue_proto::json::{EmptyBody, JsonError, to_json, to_wire};
use serde::{Deserialize as _, de::IgnoredAny};

/// What is read. The place in the list is part of every input of the corpus: add at the end.
const MESSAGES: [&str; 8] = [
    "zitadel.user.v2.SetPhoneRequest",
    "zitadel.user.v2.AddHumanUserRequest",
    "zitadel.user.v2.ListUsersRequest",
    "zitadel.user.v2.UpdateUserRequest",
    "zitadel.user.v2beta.AddHumanUserRequest",
    "zitadel.user.v2.CreateUserRequest",
    "zitadel.user.v2.GetUserByIDResponse",
    "zitadel.user.v2.ListUsersResponse",
];
/// The bit of the first byte that says that protobuf follows and not JSON.
const BINARY: u8 = 0x80;
/// No error needs to say more.
const ERROR_LEN_MAX: usize = 400;

static DESCRIPTORS: LazyLock<Vec<MessageDescriptor>> = LazyLock::new(|| {
    let find = |name| {
        let found = ringtrue_proto::pool().get_message_by_name(name);
        found.expect("the message is in the proto files")
    };
    MESSAGES.map(find).to_vec()
});

/// Protobuf-JSON: the first byte chooses a message and a direction, the others are the text.
///
/// What is read can be written, and reads as the same again; what is no JSON is not read; an error is one short line.
///
/// # Panics
/// Where a promise is broken.
pub fn json_mapping(data: &[u8]) {
    let Some((&choice, text)) = data.split_first() else {
        return;
    };
    let descriptor = &DESCRIPTORS[usize::from(choice & !BINARY) % DESCRIPTORS.len()];
    if choice & BINARY == 0 {
        from_text(descriptor, text);
    } else if let Ok(message) = DynamicMessage::decode(descriptor.clone(), text) {
        written_and_read(descriptor, &message);
    }
}

fn from_text(descriptor: &MessageDescriptor, text: &[u8]) {
    match to_wire(descriptor, text, EmptyBody::Accept) {
        Ok(wire) => {
            let mut oracle = serde_json::Deserializer::from_slice(text);
            let is_json = IgnoredAny::deserialize(&mut oracle).is_ok();
            assert!(
                is_json || text.trim_ascii().is_empty(),
                "what is no JSON was read"
            );
            let message = decode(descriptor, &wire);
            assert!(
                written_and_read(descriptor, &message),
                "what was read cannot be written"
            );
        }
        Err(error) => {
            let error = error.to_string();
            assert!(error.len() <= ERROR_LEN_MAX, "an error of {} bytes", error.len());
            assert!(
                !error.contains(char::is_control),
                "an error of more than one line: {error:?}"
            );
        }
    }
}

/// Whether the message can be written as JSON; if so, it is read as what was written, again and again.
fn written_and_read(descriptor: &MessageDescriptor, message: &DynamicMessage) -> bool {
    let Ok(json) = to_json(descriptor, message) else {
        return false;
    };
    let wire = match to_wire(descriptor, &json, EmptyBody::Refuse) {
        Ok(wire) => wire,
        // Protobuf nests deeper than we let JSON.
        Err(JsonError::TooDeep { .. }) => return true,
        Err(error) => panic!("what was written is refused: {error}"),
    };
    let again =
        to_json(descriptor, &decode(descriptor, &wire)).expect("what was written once is written again");
    assert_eq!(json, again, "what was written is read as something else");
    true
}

fn decode(descriptor: &MessageDescriptor, wire: &[u8]) -> DynamicMessage {
    DynamicMessage::decode(descriptor.clone(), wire).expect("what the reader writes is protobuf")
}
