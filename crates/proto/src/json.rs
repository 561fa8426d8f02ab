//! Protobuf messages as JSON and back, by the rules of protobuf's JSON mapping as ZITADEL's gateway applies them.
//!
//! Output: lowerCamelCase names; what is unset, zero or empty is left out, unless the field is `optional` and set;
//! 64-bit integers as strings; enums by name; bytes in base64; instants in RFC 3339, UTC, with 0, 3, 6 or 9
//! fraction digits.
//!
//! Input: names in lowerCamelCase or as in the proto file; unknown names and unknown enum names are ignored; `null`
//! is unset; integers as numbers or strings; enums by name or number; base64 in either alphabet, padded or not.
//! A name given twice, two members of a oneof, a value of another type or out of range, and malformed JSON are
//! errors. What follows the first value is not looked at.
//!
//! Whether a request came by version 2 or 2beta is told by its descriptor:
//!
//! ```
//! use ringtrue_proto::json::{self, EmptyBody};
//! use ringtrue_proto::user::v2::SetPhoneRequest;
//!
//! let descriptor = ringtrue_proto::pool().get_message_by_name("zitadel.user.v2beta.SetPhoneRequest").unwrap();
//! let request: SetPhoneRequest = json::from_json(&descriptor, br#"{"phone":"+41791234567"}"#, EmptyBody::Accept)?;
//! assert_eq!(request.phone, "+41791234567");
//! assert_eq!(json::to_json(&descriptor, &request)?, br#"{"phone":"+41791234567"}"#);
//! # Ok::<_, json::JsonError>(())
//! ```

mod error;
mod instant;
mod lexer;
mod number;
mod reader;
mod scalar;
mod writer;

use prost::{Message, Name};
use prost_reflect::MessageDescriptor;

pub use error::{JsonError, Position};
pub use writer::to_json;

/// How deeply arrays and objects may be nested.
pub const DEPTH_MAX: usize = 100;

/// What a body without a value, empty or blank, stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmptyBody {
    /// The message with nothing set, as on REST.
    Accept,
    /// An error, as in Connect.
    Refuse,
}

/// Reads the first JSON value of `json` as a message of the type that `descriptor` describes.
///
/// `descriptor` may be of version 2 or 2beta; it decides which fields are known and how errors name them.
pub fn from_json<T: Message + Name + Default>(
    descriptor: &MessageDescriptor,
    json: &[u8],
    empty: EmptyBody,
) -> Result<T, JsonError> {
    debug_assert!(
        descriptor.full_name().ends_with(&format!(".{}", T::NAME)),
        "a descriptor of another type"
    );
    T::decode(to_wire(descriptor, json, empty)?.as_slice()).map_err(JsonError::Mismatch)
}

/// Reads the first JSON value of `json` into protobuf's binary form.
pub fn to_wire(descriptor: &MessageDescriptor, json: &[u8], empty: EmptyBody) -> Result<Vec<u8>, JsonError> {
    if json.trim_ascii().is_empty() {
        return match empty {
            EmptyBody::Accept => Ok(Vec::new()),
            EmptyBody::Refuse => Err(JsonError::Empty),
        };
    }
    reader::read(descriptor, json)
}
