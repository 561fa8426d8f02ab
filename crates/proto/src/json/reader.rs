//! From JSON straight to protobuf's binary form, field by field, without a message in between.

use prost::encoding::{WireType, encode_key, encode_varint};
use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};

use super::error::JsonError;
use super::instant;
use super::lexer::{Lexer, Token};
use super::scalar;

/// Reads the first value of `json`, which must hold one.
pub(super) fn read(descriptor: &MessageDescriptor, json: &[u8]) -> Result<Vec<u8>, JsonError> {
    let mut reader = Reader {
        lexer: Lexer::new(json),
        out: Vec::with_capacity(json.len()),
    };
    match reader.message(descriptor) {
        Ok(()) => Ok(reader.out),
        // As with the peer, malformed JSON is told before anything about the message.
        Err(error) => match Lexer::new(json).skip() {
            Err(malformed @ (JsonError::Malformed { .. } | JsonError::UnexpectedEnd)) => Err(malformed),
            _ => Err(error),
        },
    }
}

struct Reader<'a> {
    lexer: Lexer<'a>,
    out: Vec<u8>,
}

impl Reader<'_> {
    /// Reads a message: an object, or the text of an instant or a duration.
    fn message(&mut self, descriptor: &MessageDescriptor) -> Result<(), JsonError> {
        let offset = self.lexer.next_offset();
        let token = self.lexer.value()?;
        if let Some(parse) = special(descriptor) {
            let Token::String(text) = &token else {
                return Err(self.unexpected(offset, &token));
            };
            let Some((seconds, nanos)) = parse.of(text) else {
                return Err(self.field_error(
                    offset,
                    format!(
                        "invalid {} value: write it like {}",
                        descriptor.full_name(),
                        parse.example()
                    ),
                ));
            };
            // Both of these types have the same two fields.
            prost::encoding::int64::encode(1, &seconds, &mut self.out);
            prost::encoding::int32::encode(2, &nanos, &mut self.out);
            return Ok(());
        }
        if token != Token::Object {
            return Err(self.unexpected(offset, &token));
        }
        self.members(descriptor)
    }

    fn members(&mut self, descriptor: &MessageDescriptor) -> Result<(), JsonError> {
        let mut seen: Vec<u32> = Vec::new();
        // The numbers of those oneof members that are not null.
        let mut chosen: Vec<u32> = Vec::new();
        let mut first = true;
        while let Some((offset, name)) = self.lexer.member(first)? {
            first = false;
            let by_name = descriptor
                .get_field_by_json_name(&name)
                .or_else(|| descriptor.get_field_by_name(&name));
            let Some(field) = by_name else {
                self.lexer.skip()?;
                continue;
            };
            if seen.contains(&field.number()) {
                return Err(self.field_error(offset, format!("duplicate field \"{name}\"")));
            }
            seen.push(field.number());
            if self.lexer.null()? {
                continue;
            }
            if let Some(oneof) = field.containing_oneof() {
                if let Some(other) = oneof.fields().find(|other| chosen.contains(&other.number())) {
                    let reason = format!(
                        "error parsing \"{name}\", oneof {} is already set: \"{}\" and \"{}\" exclude each other, \
                         send only one of them",
                        oneof.full_name(),
                        other.json_name(),
                        field.json_name(),
                    );
                    return Err(self.field_error(offset, reason));
                }
                chosen.push(field.number());
            }
            if field.is_list() {
                self.list(&field)?;
            } else {
                self.singular(&field)?;
            }
        }
        Ok(())
    }

    fn list(&mut self, field: &FieldDescriptor) -> Result<(), JsonError> {
        let offset = self.lexer.next_offset();
        let token = self.lexer.value()?;
        if token != Token::Array {
            return Err(self.unexpected(offset, &token));
        }
        let mut first = true;
        while self.lexer.element(first)? {
            first = false;
            // Packed or not, every decoder takes elements one by one.
            self.singular(field)?;
        }
        Ok(())
    }

    fn singular(&mut self, field: &FieldDescriptor) -> Result<(), JsonError> {
        let kind = field.kind();
        if let Kind::Message(descriptor) = &kind {
            encode_key(field.number(), WireType::LengthDelimited, &mut self.out);
            let start = self.out.len();
            self.message(descriptor)?;
            self.insert_len(start);
            return Ok(());
        }
        let offset = self.lexer.next_offset();
        let token = self.lexer.value()?;
        match scalar::read(&kind, &token) {
            Ok(Some(value)) => value.write(field.number(), &mut self.out),
            Ok(None) => {}
            Err(hint) => {
                let (kind, name, given) = (kind_name(&kind), field.json_name(), token.kind());
                let reason = format!("invalid value for {kind} field {name}: {given}; {hint}");
                return Err(self.field_error(offset, reason));
            }
        }
        Ok(())
    }

    /// Puts the length of what was written since `start` before it.
    fn insert_len(&mut self, start: usize) {
        let len = self.out.len() - start;
        encode_varint(len as u64, &mut self.out);
        let prefix = self.out.len() - start - len;
        self.out[start..].rotate_right(prefix);
    }

    fn unexpected(&self, offset: usize, token: &Token<'_>) -> JsonError {
        let told = match token {
            Token::Object => "{",
            Token::Array => "[",
            other => other.kind(),
        };
        self.lexer.syntax(offset, format!("unexpected token {told}"))
    }

    fn field_error(&self, offset: usize, reason: String) -> JsonError {
        JsonError::Field {
            at: self.lexer.position(offset),
            reason,
        }
    }
}

/// A message that JSON writes as a text.
#[derive(Clone, Copy)]
enum Special {
    Timestamp,
    Duration,
}

impl Special {
    fn of(self, text: &str) -> Option<(i64, i32)> {
        match self {
            Self::Timestamp => instant::timestamp(text),
            Self::Duration => instant::duration(text),
        }
    }

    fn example(self) -> &'static str {
        match self {
            Self::Timestamp => "\"2006-01-02T15:04:05Z\"",
            Self::Duration => "\"1.5s\"",
        }
    }
}

fn special(descriptor: &MessageDescriptor) -> Option<Special> {
    match descriptor.full_name() {
        "google.protobuf.Timestamp" => Some(Special::Timestamp),
        "google.protobuf.Duration" => Some(Special::Duration),
        _ => None,
    }
}

fn kind_name(kind: &Kind) -> &'static str {
    match kind {
        Kind::Double => "double",
        Kind::Float => "float",
        Kind::Int32 => "int32",
        Kind::Int64 => "int64",
        Kind::Uint32 => "uint32",
        Kind::Uint64 => "uint64",
        Kind::Sint32 => "sint32",
        Kind::Sint64 => "sint64",
        Kind::Fixed32 => "fixed32",
        Kind::Fixed64 => "fixed64",
        Kind::Sfixed32 => "sfixed32",
        Kind::Sfixed64 => "sfixed64",
        Kind::Bool => "bool",
        Kind::String => "string",
        Kind::Bytes => "bytes",
        Kind::Message(_) => "message",
        Kind::Enum(_) => "enum",
    }
}
