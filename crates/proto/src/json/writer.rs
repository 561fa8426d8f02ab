//! From messages to JSON.

use prost::Message;
use prost_reflect::{DynamicMessage, MessageDescriptor, SerializeOptions};

use super::error::JsonError;

/// Writes `message`, of the type that `descriptor` describes, as JSON.
///
/// `descriptor` may be of version 2 or 2beta: a field that it does not have is left out.
pub fn to_json(descriptor: &MessageDescriptor, message: &impl Message) -> Result<Vec<u8>, JsonError> {
    let message = DynamicMessage::decode(descriptor.clone(), message.encode_to_vec().as_slice())
        .map_err(JsonError::Mismatch)?;
    let mut json = Vec::with_capacity(256);
    message
        .serialize_with_options(
            &mut serde_json::Serializer::new(&mut json),
            &SerializeOptions::new(),
        )
        .map_err(|_| JsonError::Unwritable)?;
    Ok(json)
}
