//! Values of fields that are not messages: from JSON's token to protobuf's bytes.

use std::borrow::Cow;

use base64::Engine;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use prost::encoding::{WireType, encode_key, encode_varint};
use prost_reflect::Kind;

use super::lexer::Token;
use super::number::{is_number, whole};

const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
const BASE64: GeneralPurpose = GeneralPurpose::new(&STANDARD, LENIENT);
const BASE64_URL: GeneralPurpose = GeneralPurpose::new(&URL_SAFE, LENIENT);

/// A value as it stands on the wire, without its key.
pub(super) enum Scalar<'a> {
    Varint(u64),
    Four([u8; 4]),
    Eight([u8; 8]),
    Delimited(Cow<'a, [u8]>),
}

impl Scalar<'_> {
    pub(super) fn write(&self, number: u32, out: &mut Vec<u8>) {
        match self {
            Self::Varint(value) => {
                encode_key(number, WireType::Varint, out);
                encode_varint(*value, out);
            }
            Self::Four(bytes) => {
                encode_key(number, WireType::ThirtyTwoBit, out);
                out.extend_from_slice(bytes);
            }
            Self::Eight(bytes) => {
                encode_key(number, WireType::SixtyFourBit, out);
                out.extend_from_slice(bytes);
            }
            Self::Delimited(bytes) => {
                encode_key(number, WireType::LengthDelimited, out);
                encode_varint(bytes.len() as u64, out);
                out.extend_from_slice(bytes);
            }
        }
    }
}

/// The value of `token` for a field of `kind`.
///
/// `None` is an enum's name that nobody knows: as if it were not there. The error tells what could be read.
pub(super) fn read<'a>(kind: &Kind, token: &'a Token<'_>) -> Result<Option<Scalar<'a>>, &'static str> {
    let (value, hint) = match (kind, token) {
        (Kind::String, token) => (
            text(token).map(|text| Scalar::Delimited(text.as_bytes().into())),
            "write it as a string",
        ),
        (Kind::Bytes, token) => (text(token).and_then(bytes), "write it as a string in base64"),
        (Kind::Bool, Token::Bool(yes)) => (Some(Scalar::Varint(u64::from(*yes))), ""),
        (Kind::Bool, _) => (None, "write true or false"),
        (Kind::Enum(descriptor), Token::String(name)) => match descriptor.get_value_by_name(name) {
            Some(value) => (Some(signed(value.number().into())), ""),
            None => return Ok(None),
        },
        (Kind::Enum(_), token) => (
            integer(token).and_then(|value| fit(&Kind::Int32, value)),
            "write one of its names",
        ),
        (Kind::Double, token) => (
            float(token).map(|value| Scalar::Eight(value.to_le_bytes())),
            "write a number in its range",
        ),
        (Kind::Float, token) => (float(token).and_then(single), "write a number in its range"),
        (kind, token) => (
            integer(token).and_then(|value| fit(kind, value)),
            "write a whole number in its range",
        ),
    };
    value.map(Some).ok_or(hint)
}

fn text<'a>(token: &'a Token<'_>) -> Option<&'a str> {
    if let Token::String(text) = token {
        Some(text)
    } else {
        None
    }
}

fn bytes(text: &str) -> Option<Scalar<'static>> {
    let engine = if text.contains(['-', '_']) {
        &BASE64_URL
    } else {
        &BASE64
    };
    Some(Scalar::Delimited(engine.decode(text).ok()?.into()))
}

fn integer(token: &Token<'_>) -> Option<i128> {
    match token {
        Token::Number(text) => whole(text),
        Token::String(text) if is_number(text) => whole(text),
        _ => None,
    }
}

/// A negative number takes ten bytes, whatever its kind: protobuf extends its sign to 64 bits.
fn signed(value: i64) -> Scalar<'static> {
    Scalar::Varint(value.cast_unsigned())
}

/// `value` as a field of `kind`, if it is in its range.
fn fit(kind: &Kind, value: i128) -> Option<Scalar<'static>> {
    Some(match kind {
        Kind::Int32 => signed(i32::try_from(value).ok()?.into()),
        Kind::Int64 => signed(value.try_into().ok()?),
        Kind::Uint32 => Scalar::Varint(u32::try_from(value).ok()?.into()),
        Kind::Uint64 => Scalar::Varint(value.try_into().ok()?),
        Kind::Sint32 => zigzag(i32::try_from(value).ok()?.into()),
        Kind::Sint64 => zigzag(value.try_into().ok()?),
        Kind::Fixed32 => Scalar::Four(u32::try_from(value).ok()?.to_le_bytes()),
        Kind::Fixed64 => Scalar::Eight(u64::try_from(value).ok()?.to_le_bytes()),
        Kind::Sfixed32 => Scalar::Four(i32::try_from(value).ok()?.to_le_bytes()),
        Kind::Sfixed64 => Scalar::Eight(i64::try_from(value).ok()?.to_le_bytes()),
        _ => return None,
    })
}

/// Small numbers of either sign in few bytes.
fn zigzag(value: i64) -> Scalar<'static> {
    signed((value << 1) ^ (value >> 63))
}

fn float(token: &Token<'_>) -> Option<f64> {
    let text = match token {
        Token::Number(text) => text,
        Token::String(text) => match &**text {
            "NaN" => return Some(f64::NAN),
            "Infinity" => return Some(f64::INFINITY),
            "-Infinity" => return Some(f64::NEG_INFINITY),
            text if is_number(text) => text,
            _ => return None,
        },
        _ => return None,
    };
    text.parse().ok().filter(|value: &f64| value.is_finite())
}

/// `value` rounded to the nearest, unless that is out of range.
fn single(value: f64) -> Option<Scalar<'static>> {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "rounding is meant, and the range is checked"
    )]
    let rounded = value as f32;
    let fits = rounded.is_finite() || !value.is_finite();
    fits.then(|| Scalar::Four(rounded.to_le_bytes()))
}
