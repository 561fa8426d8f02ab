//! Keys as clients choose them, and what they come to.

use std::fmt;

use aws_lc_rs::digest;

use crate::access::Subject;

/// The most characters of a key.
const LEN_MAX: usize = 255;

/// What a client calls one of its calls. `Debug` does not show it: some clients put in what only they should know.
#[derive(Clone, PartialEq, Eq)]
pub struct IdempotencyKey(String);

/// Why a header is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdempotencyKeyError {
    /// Nothing, or too much.
    #[error("a key has 1 to {LEN_MAX} characters")]
    Length,
    /// A quoted string that does not end, holds what it must not, or has something behind it.
    #[error(
        "a quoted key is a string of RFC 9651: printable ASCII between quotes, with \\ before \" and \\, and nothing behind it"
    )]
    Quoted,
    /// Without quotes, and not of the characters that need none.
    #[error("a key without quotes is of visible ASCII characters, none of them \" \\ , or ;")]
    Bare,
}

impl IdempotencyKey {
    /// Reads a header: a string of RFC 9651, `"8e03978e-40d5-43dd-bc93-6894a57f9324"`, as the draft has it; or the same
    /// without quotes, as most clients send it. The two are one key.
    pub fn parse(header: &str) -> Result<Self, IdempotencyKeyError> {
        let text = header.trim_matches([' ', '\t']);
        let key = match text.strip_prefix('"') {
            Some(rest) => unquoted(rest).ok_or(IdempotencyKeyError::Quoted)?,
            None if text.bytes().all(needs_no_quotes) => text.to_owned(),
            None => return Err(IdempotencyKeyError::Bare),
        };
        if key.is_empty() || key.len() > LEN_MAX {
            return Err(IdempotencyKeyError::Length);
        }
        Ok(Self(key))
    }
}

impl fmt::Debug for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IdempotencyKey(..)")
    }
}

fn needs_no_quotes(byte: u8) -> bool {
    byte.is_ascii_graphic() && !b"\"\\,;".contains(&byte)
}

/// What stands before the closing quote, which is the end.
fn unquoted(rest: &str) -> Option<String> {
    let mut key = String::new();
    let mut characters = rest.chars();
    loop {
        match characters.next()? {
            '"' => return characters.next().is_none().then_some(key),
            '\\' => key.push(
                characters
                    .next()
                    .filter(|escaped| ['"', '\\'].contains(escaped))?,
            ),
            plain @ ' '..='~' => key.push(plain),
            _ => return None,
        }
    }
}

/// Names one call of one caller: the hash of caller, operation and key, so that no caller meets the key of another, and
/// one key may serve several operations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallKey([u8; 32]);

impl CallKey {
    /// SHA-256 over the three, each behind its length, so that no two triples read alike.
    #[must_use]
    pub fn of(caller: &Subject, operation: &str, key: &IdempotencyKey) -> Self {
        let mut hash = digest::Context::new(&digest::SHA256);
        for part in [caller.to_string().as_str(), operation, &key.0] {
            hash.update(&(part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        let mut bytes = [0; 32];
        bytes.copy_from_slice(hash.finish().as_ref());
        Self(bytes)
    }

    /// Takes what a store of ours kept.
    #[must_use]
    pub const fn from_stored(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The hash.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::UserId;

    fn parsed(header: &str) -> Result<String, IdempotencyKeyError> {
        IdempotencyKey::parse(header).map(|key| key.0)
    }

    #[test]
    fn r_i1_a_key_is_a_structured_field_string_and_may_lack_its_quotes() {
        for (header, key) in [
            (
                r#""8e03978e-40d5-43dd-bc93-6894a57f9324""#,
                "8e03978e-40d5-43dd-bc93-6894a57f9324",
            ),
            (
                "8e03978e-40d5-43dd-bc93-6894a57f9324",
                "8e03978e-40d5-43dd-bc93-6894a57f9324",
            ),
            (r#"  "a b"  "#, "a b"),
            (r#""say \"hi\" \\ bye""#, r#"say "hi" \ bye"#),
            ("retry:7/a=b+c", "retry:7/a=b+c"),
        ] {
            assert_eq!(parsed(header).as_deref(), Ok(key), "{header}");
        }
    }

    #[test]
    fn r_i1_what_is_no_key_is_refused_with_what_one_is() {
        for (header, error) in [
            ("", IdempotencyKeyError::Length),
            ("\"\"", IdempotencyKeyError::Length),
            ("\"open", IdempotencyKeyError::Quoted),
            ("\"a\"b\"", IdempotencyKeyError::Quoted),
            ("\"a\";p=1", IdempotencyKeyError::Quoted),
            ("\"a\\n\"", IdempotencyKeyError::Quoted),
            ("\"a\\", IdempotencyKeyError::Quoted),
            ("\"é\"", IdempotencyKeyError::Quoted),
            ("\"a\tb\"", IdempotencyKeyError::Quoted),
            ("a, b", IdempotencyKeyError::Bare),
            ("a b", IdempotencyKeyError::Bare),
            ("a;b", IdempotencyKeyError::Bare),
            ("a\"b", IdempotencyKeyError::Bare),
            ("é", IdempotencyKeyError::Bare),
        ] {
            assert_eq!(parsed(header), Err(error), "{header}");
        }
        assert!(parsed(&"k".repeat(255)).is_ok());
        assert_eq!(parsed(&"k".repeat(256)), Err(IdempotencyKeyError::Length));
        assert_eq!(
            parsed(&format!("\"{}\"", "k".repeat(256))),
            Err(IdempotencyKeyError::Length)
        );
    }

    #[test]
    fn r_i7_the_same_key_of_another_caller_or_for_another_operation_is_another() {
        let key = |text| IdempotencyKey::parse(text).unwrap();
        let user = |id: &str| Subject::User(UserId::parse(id).unwrap());
        let one = CallKey::of(&user("ada"), "v2.SetPhone", &key("k"));
        assert_eq!(one, CallKey::of(&user("ada"), "v2.SetPhone", &key("\"k\"")));
        for other in [
            CallKey::of(&user("eve"), "v2.SetPhone", &key("k")),
            CallKey::of(&Subject::Service("ada".to_owned()), "v2.SetPhone", &key("k")),
            CallKey::of(&user("ada"), "v2.RemovePhone", &key("k")),
            CallKey::of(&user("ada"), "v2.SetPhone", &key("l")),
            CallKey::of(&user("ada"), "v2.SetPhon", &key("ek")),
        ] {
            assert_ne!(one, other);
        }
    }
}
