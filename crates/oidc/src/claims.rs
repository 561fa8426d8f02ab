//! What a token says: a JSON object in which no name stands twice.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{self, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Number, Value};
use time::OffsetDateTime;

/// The claims of a token.
#[derive(Debug)]
pub(crate) struct Claims(Map<String, Value>);

/// What stands where a time should, and is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NoInstant;

impl Claims {
    /// Reads them. A name that stands twice, at any depth, is refused: two readers could each believe another one.
    pub(crate) fn read(json: &[u8]) -> Option<Self> {
        let Unambiguous(value) = serde_json::from_slice(json).ok()?;
        match value {
            Value::Object(claims) => Some(Self(claims)),
            _ => None,
        }
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str()
    }

    pub(crate) fn flag(&self, name: &str) -> Option<bool> {
        self.0.get(name)?.as_bool()
    }

    /// A text, or a list of texts.
    pub(crate) fn texts(&self, name: &str) -> Option<Vec<&str>> {
        match self.0.get(name)? {
            Value::String(text) => Some(vec![text]),
            Value::Array(items) => items.iter().map(Value::as_str).collect(),
            _ => None,
        }
    }

    /// A time, if the claim is there.
    pub(crate) fn instant(&self, name: &str) -> Result<Option<OffsetDateTime>, NoInstant> {
        let Some(value) = self.0.get(name) else {
            return Ok(None);
        };
        let seconds = value.as_i64().or_else(|| {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "NumericDate may have a fraction (RFC 7519 §2); what is out of range saturates, and is no instant"
            )]
            value.as_f64().map(|seconds| seconds.floor() as i64)
        });
        let instant = seconds.and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok());
        instant.map(Some).ok_or(NoInstant)
    }

    /// A claim by its name, else by a path of names with dots between them.
    pub(crate) fn at(&self, path: &str) -> Option<&Value> {
        if let Some(value) = self.0.get(path) {
            return Some(value);
        }
        let mut names = path.split('.');
        let first = self.0.get(names.next()?)?;
        names.try_fold(first, |value, name| value.get(name))
    }
}

/// A value in which no name stands twice.
struct Unambiguous(Value);

impl<'de> Deserialize<'de> for Unambiguous {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(UnambiguousVisitor).map(Self)
    }
}

struct UnambiguousVisitor;

impl<'de> Visitor<'de> for UnambiguousVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON without a name that stands twice")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(Unambiguous(item)) = items.next_element()? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some((name, Unambiguous(value))) = members.next_entry::<String, _>()? {
            if object.insert(name, value).is_some() {
                return Err(de::Error::custom("a name stands twice"));
            }
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use time::macros::datetime;

    use super::*;

    #[test]
    fn a_name_that_stands_twice_is_refused_at_any_depth() {
        assert!(Claims::read(br#"{"sub":"a","roles":{"x":{"1":"a"},"y":[null,1.5,true]}}"#).is_some());
        for twice in [
            &br#"{"sub":"a","sub":"b"}"#[..],
            br#"{"roles":{"x":{},"x":{}}}"#,
            br#"{"roles":[{"x":1,"x":1}]}"#,
            br#"{"sub":"a","s\u0075b":"b"}"#,
        ] {
            assert!(
                Claims::read(twice).is_none(),
                "{}",
                String::from_utf8_lossy(twice)
            );
        }
    }

    #[test]
    fn what_is_no_object_says_nothing() {
        for json in [&b"[]"[..], b"\"sub\"", b"null", b"", b"{", b"{} {}", b"\xff"] {
            assert!(Claims::read(json).is_none());
        }
    }

    #[test]
    fn a_time_may_have_a_fraction_and_may_not_be_a_text() {
        let claims = Claims::read(br#"{"a":1767268800,"b":1767268800.9,"c":"1767268800","d":1e300,"e":-1}"#);
        let claims = claims.unwrap();
        let noon = datetime!(2026-01-01 12:00 UTC);
        assert_eq!(claims.instant("a"), Ok(Some(noon)));
        assert_eq!(claims.instant("b"), Ok(Some(noon)));
        assert_eq!(claims.instant("c"), Err(NoInstant));
        assert_eq!(claims.instant("d"), Err(NoInstant));
        assert_eq!(claims.instant("x"), Ok(None));
    }

    #[test]
    fn a_claim_is_found_by_its_whole_name_before_its_path() {
        let claims = Claims::read(br#"{"a.b":1,"a":{"b":2,"c":{"d":3}}}"#).unwrap();
        assert_eq!(claims.at("a.b"), Some(&json!(1)));
        assert_eq!(claims.at("a.c.d"), Some(&json!(3)));
        assert_eq!(claims.at("a.x"), None);
        assert_eq!(claims.at("x"), None);
    }
}
