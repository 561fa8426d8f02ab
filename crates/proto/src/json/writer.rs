//! From protobuf's binary form straight to JSON, without a message in between.

use std::io::Write;

use base64::display::Base64Display;
use base64::prelude::BASE64_STANDARD;
use prost::Message;
use prost::encoding::{DecodeContext, WireType, decode_key, decode_varint, skip_field};
use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};
use prost_types::{Duration, Timestamp};

use super::error::JsonError;
use super::instant::{DURATION_SECONDS_MAX, TIMESTAMP_SECONDS};

/// Writes `message`, of the type that `descriptor` describes, as JSON.
///
/// `descriptor` may be of version 2 or 2beta: a field that it does not have is left out.
pub fn to_json(descriptor: &MessageDescriptor, message: &impl Message) -> Result<Vec<u8>, JsonError> {
    let wire = message.encode_to_vec();
    let mut writer = Writer {
        out: Vec::with_capacity(2 * wire.len() + 64),
    };
    writer.message(descriptor, &wire)?;
    Ok(writer.out)
}

/// One value as it stands on the wire.
#[derive(Clone, Copy)]
enum Raw<'a> {
    Varint(u64),
    Four([u8; 4]),
    Eight([u8; 8]),
    Delimited(&'a [u8]),
}

impl<'a> Raw<'a> {
    /// Takes a value off the front of `wire`; `None` is one of a kind that we do not write.
    fn take(wire_type: WireType, number: u32, wire: &mut &'a [u8]) -> Result<Option<Self>, JsonError> {
        Ok(Some(match wire_type {
            WireType::Varint => Self::Varint(decode_varint(wire).map_err(JsonError::Mismatch)?),
            WireType::ThirtyTwoBit => Self::Four(chunk(wire)?),
            WireType::SixtyFourBit => Self::Eight(chunk(wire)?),
            WireType::LengthDelimited => {
                let len = usize::try_from(decode_varint(wire).map_err(JsonError::Mismatch)?);
                let (value, rest) = len
                    .ok()
                    .and_then(|len| wire.split_at_checked(len))
                    .ok_or(JsonError::Unwritable)?;
                *wire = rest;
                Self::Delimited(value)
            }
            other => {
                skip_field(other, number, wire, DecodeContext::default()).map_err(JsonError::Mismatch)?;
                return Ok(None);
            }
        }))
    }
}

fn chunk<const N: usize>(wire: &mut &[u8]) -> Result<[u8; N], JsonError> {
    let (value, rest) = wire.split_first_chunk().ok_or(JsonError::Unwritable)?;
    *wire = rest;
    Ok(*value)
}

struct Writer {
    out: Vec<u8>,
}

impl Writer {
    /// Writes a message. What encoded it left out zeros, and put the elements of a list side by side.
    fn message(&mut self, descriptor: &MessageDescriptor, mut wire: &[u8]) -> Result<(), JsonError> {
        match descriptor.full_name() {
            "google.protobuf.Timestamp" => return self.timestamp(wire),
            "google.protobuf.Duration" => return self.duration(wire),
            _ => self.out.push(b'{'),
        }
        // The list that is not closed yet.
        let mut list = None;
        let mut first = true;
        while !wire.is_empty() {
            let (number, wire_type) = decode_key(&mut wire).map_err(JsonError::Mismatch)?;
            let Some(value) = Raw::take(wire_type, number, &mut wire)? else {
                continue;
            };
            let Some(field) = descriptor.get_field(number) else {
                continue;
            };
            if list == Some(number) {
                self.out.push(b',');
            } else {
                if list.take().is_some() {
                    self.out.push(b']');
                }
                if !std::mem::take(&mut first) {
                    self.out.push(b',');
                }
                self.out.push(b'"');
                self.out.extend_from_slice(field.json_name().as_bytes());
                self.out.extend_from_slice(b"\":");
                if field.is_list() {
                    list = Some(number);
                    self.out.push(b'[');
                }
            }
            self.field(&field, value)?;
        }
        if list.is_some() {
            self.out.push(b']');
        }
        self.out.push(b'}');
        Ok(())
    }

    fn field(&mut self, field: &FieldDescriptor, value: Raw<'_>) -> Result<(), JsonError> {
        let kind = field.kind();
        let Raw::Delimited(mut packed) = value else {
            return self.scalar(&kind, &value);
        };
        match &kind {
            Kind::Message(descriptor) => self.message(descriptor, packed),
            Kind::String | Kind::Bytes => self.scalar(&kind, &value),
            // Numbers of a list, in one value.
            _ => {
                let mut first = true;
                while !packed.is_empty() {
                    if !std::mem::take(&mut first) {
                        self.out.push(b',');
                    }
                    let value = Raw::take(kind.wire_type(), field.number(), &mut packed)?;
                    self.scalar(&kind, &value.ok_or(JsonError::Unwritable)?)?;
                }
                Ok(())
            }
        }
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "protobuf extends the sign of 32 bits to 64"
    )]
    fn scalar(&mut self, kind: &Kind, value: &Raw<'_>) -> Result<(), JsonError> {
        match (kind, value) {
            (Kind::String, Raw::Delimited(text)) => {
                let text = std::str::from_utf8(text).map_err(|_| JsonError::Unwritable)?;
                serde_json::to_writer(&mut self.out, text).map_err(|_| JsonError::Unwritable)
            }
            (Kind::Bytes, Raw::Delimited(bytes)) => self.print(format_args!(
                "\"{}\"",
                Base64Display::new(bytes, &BASE64_STANDARD)
            )),
            (Kind::Bool, Raw::Varint(yes)) => self.print(format_args!("{}", *yes != 0)),
            (Kind::Enum(descriptor), Raw::Varint(number)) => {
                let number = number.cast_signed() as i32;
                match descriptor.get_value(number) {
                    Some(value) => self.print(format_args!("\"{}\"", value.name())),
                    None => self.print(format_args!("{number}")),
                }
            }
            (Kind::Int32, Raw::Varint(value)) => self.print(format_args!("{}", value.cast_signed() as i32)),
            (Kind::Uint32, Raw::Varint(value)) => self.print(format_args!("{}", *value as u32)),
            (Kind::Sint32, Raw::Varint(value)) => self.print(format_args!("{}", unzigzag(*value))),
            (Kind::Int64, Raw::Varint(value)) => self.print(format_args!("\"{}\"", value.cast_signed())),
            (Kind::Uint64, Raw::Varint(value)) => self.print(format_args!("\"{value}\"")),
            (Kind::Sint64, Raw::Varint(value)) => self.print(format_args!("\"{}\"", unzigzag(*value))),
            (Kind::Fixed32, Raw::Four(bytes)) => self.print(format_args!("{}", u32::from_le_bytes(*bytes))),
            (Kind::Sfixed32, Raw::Four(bytes)) => self.print(format_args!("{}", i32::from_le_bytes(*bytes))),
            (Kind::Fixed64, Raw::Eight(bytes)) => {
                self.print(format_args!("\"{}\"", u64::from_le_bytes(*bytes)))
            }
            (Kind::Sfixed64, Raw::Eight(bytes)) => {
                self.print(format_args!("\"{}\"", i64::from_le_bytes(*bytes)))
            }
            (Kind::Float, Raw::Four(bytes)) => {
                let value = f32::from_le_bytes(*bytes);
                self.float(value.into(), value)
            }
            (Kind::Double, Raw::Eight(bytes)) => {
                let value = f64::from_le_bytes(*bytes);
                self.float(value, value)
            }
            _ => Err(JsonError::Unwritable),
        }
    }

    /// Writes `value`, with the digits that its own width needs.
    fn float(&mut self, value: f64, own: impl serde::Serialize) -> Result<(), JsonError> {
        if value.is_finite() {
            return serde_json::to_writer(&mut self.out, &own).map_err(|_| JsonError::Unwritable);
        }
        let word = if value.is_nan() {
            "NaN"
        } else if value > 0.0 {
            "Infinity"
        } else {
            "-Infinity"
        };
        self.print(format_args!("\"{word}\""))
    }

    fn timestamp(&mut self, wire: &[u8]) -> Result<(), JsonError> {
        let instant = Timestamp::decode(wire).map_err(JsonError::Mismatch)?;
        if !TIMESTAMP_SECONDS.contains(&instant.seconds) || !(0..1_000_000_000).contains(&instant.nanos) {
            return Err(JsonError::Unwritable);
        }
        self.print(format_args!("\"{instant}\""))
    }

    fn duration(&mut self, wire: &[u8]) -> Result<(), JsonError> {
        let duration = Duration::decode(wire).map_err(JsonError::Mismatch)?;
        let one_sign =
            duration.seconds == 0 || duration.nanos == 0 || (duration.seconds < 0) == (duration.nanos < 0);
        if duration.seconds.unsigned_abs() > DURATION_SECONDS_MAX.unsigned_abs()
            || duration.nanos.unsigned_abs() >= 1_000_000_000
            || !one_sign
        {
            return Err(JsonError::Unwritable);
        }
        self.print(format_args!("\"{duration}\""))
    }

    fn print(&mut self, what: std::fmt::Arguments<'_>) -> Result<(), JsonError> {
        self.out.write_fmt(what).map_err(|_| JsonError::Unwritable)
    }
}

fn unzigzag(value: u64) -> i64 {
    (value >> 1).cast_signed() ^ -(value & 1).cast_signed()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::v2::Details;

    #[test]
    fn an_instant_that_json_cannot_say_is_an_error_and_not_a_wrong_text() {
        let descriptor = crate::pool()
            .get_message_by_name("zitadel.object.v2.Details")
            .unwrap();
        for (seconds, nanos) in [(253_402_300_800, 0), (i64::MIN, 0), (0, -1), (0, 1_000_000_000)] {
            let change_date = Some(Timestamp { seconds, nanos });
            let details = Details {
                change_date,
                ..Details::default()
            };
            assert_eq!(to_json(&descriptor, &details), Err(JsonError::Unwritable));
        }
    }
}
