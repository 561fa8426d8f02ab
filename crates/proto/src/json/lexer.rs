//! JSON's tokens, with their positions.

use std::borrow::Cow;

use super::DEPTH_MAX;
use super::error::{JsonError, Position};

/// The beginning of a value, or all of it when it is a scalar.
#[derive(Debug, PartialEq)]
pub(super) enum Token<'a> {
    /// `{`: the members follow.
    Object,
    /// `[`: the elements follow.
    Array,
    String(Cow<'a, str>),
    /// As it is written.
    Number(&'a str),
    Bool(bool),
    Null,
}

impl Token<'_> {
    /// What the token is, without what it holds.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Object => "an object",
            Self::Array => "an array",
            Self::String(_) => "a string",
            Self::Number(_) => "a number",
            Self::Bool(true) => "true",
            Self::Bool(false) => "false",
            Self::Null => "null",
        }
    }
}

/// A cursor over a JSON text that accepts the grammar of RFC 8259 and nothing else.
pub(super) struct Lexer<'a> {
    bytes: &'a [u8],
    /// The part of `bytes` up to the first byte that is not UTF-8.
    text: &'a str,
    at: usize,
    depth: usize,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default(),
        };
        Self {
            bytes,
            text,
            at: 0,
            depth: 0,
        }
    }

    /// The place of the byte `offset`.
    pub(super) fn position(&self, offset: usize) -> Position {
        Position::of(self.bytes, offset)
    }

    /// Where the next token begins.
    pub(super) fn next_offset(&mut self) -> usize {
        self.skip_blank();
        self.at
    }

    /// Reads the beginning of a value. After an object or array, its members or elements must be read.
    pub(super) fn value(&mut self) -> Result<Token<'a>, JsonError> {
        self.skip_blank();
        match self.peek()? {
            b'{' => self.open().map(|()| Token::Object),
            b'[' => self.open().map(|()| Token::Array),
            b'"' => self.string().map(Token::String),
            b'-' | b'0'..=b'9' => self.number().map(Token::Number),
            b't' => self.word("true").map(|()| Token::Bool(true)),
            b'f' => self.word("false").map(|()| Token::Bool(false)),
            b'n' => self.word("null").map(|()| Token::Null),
            _ => Err(self.malformed("looking for beginning of value")),
        }
    }

    /// Reads a `null`, if that is what comes next.
    pub(super) fn null(&mut self) -> Result<bool, JsonError> {
        self.skip_blank();
        if self.bytes.get(self.at) == Some(&b'n') {
            self.value().map(|_| true)
        } else {
            Ok(false)
        }
    }

    /// Reads the name of an object's next member, with its offset; `None` at the end of the object.
    pub(super) fn member(&mut self, first: bool) -> Result<Option<(usize, Cow<'a, str>)>, JsonError> {
        self.skip_blank();
        match self.peek()? {
            b'}' => {
                self.close();
                return Ok(None);
            }
            b',' if !first => self.at += 1,
            _ if !first => return Err(self.malformed("after object key:value pair")),
            _ => {}
        }
        self.skip_blank();
        if self.peek()? != b'"' {
            return Err(self.malformed("looking for beginning of object key string"));
        }
        let offset = self.at;
        let name = self.string()?;
        self.skip_blank();
        if self.peek()? != b':' {
            return Err(self.malformed("after object key"));
        }
        self.at += 1;
        Ok(Some((offset, name)))
    }

    /// Moves to an array's next element; false at the end of the array.
    pub(super) fn element(&mut self, first: bool) -> Result<bool, JsonError> {
        self.skip_blank();
        match self.peek()? {
            b']' => {
                self.close();
                Ok(false)
            }
            b',' if !first => {
                self.at += 1;
                Ok(true)
            }
            _ if !first => Err(self.malformed("after array element")),
            _ => Ok(true),
        }
    }

    /// Reads a value and forgets it.
    pub(super) fn skip(&mut self) -> Result<(), JsonError> {
        match self.value()? {
            Token::Object => {
                let mut first = true;
                while self.member(first)?.is_some() {
                    self.skip()?;
                    first = false;
                }
            }
            Token::Array => {
                let mut first = true;
                while self.element(first)? {
                    self.skip()?;
                    first = false;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn skip_blank(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.bytes.get(self.at) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Result<u8, JsonError> {
        self.bytes.get(self.at).copied().ok_or(JsonError::UnexpectedEnd)
    }

    fn open(&mut self) -> Result<(), JsonError> {
        if self.depth == DEPTH_MAX {
            return Err(JsonError::TooDeep {
                at: self.position(self.at),
            });
        }
        self.depth += 1;
        self.at += 1;
        Ok(())
    }

    fn close(&mut self) {
        self.depth -= 1;
        self.at += 1;
    }

    fn word(&mut self, word: &str) -> Result<(), JsonError> {
        for expected in word.bytes() {
            if self.peek()? != expected {
                let expected = char::from(expected);
                return Err(self.malformed(format!("in literal {word} (expecting '{expected}')")));
            }
            self.at += 1;
        }
        Ok(())
    }

    fn number(&mut self) -> Result<&'a str, JsonError> {
        let start = self.at;
        if self.bytes[start] == b'-' {
            self.at += 1;
        }
        if self.peek()? == b'0' {
            self.at += 1;
        } else {
            self.digits("in numeric literal")?;
        }
        if self.bytes.get(self.at) == Some(&b'.') {
            self.at += 1;
            self.digits("after decimal point in numeric literal")?;
        }
        if let Some(b'e' | b'E') = self.bytes.get(self.at) {
            self.at += 1;
            if let Some(b'+' | b'-') = self.bytes.get(self.at) {
                self.at += 1;
            }
            self.digits("in exponent of numeric literal")?;
        }
        Ok(&self.text[start..self.at])
    }

    /// Moves over at least one digit.
    fn digits(&mut self, place: &'static str) -> Result<(), JsonError> {
        if !self.peek()?.is_ascii_digit() {
            return Err(self.malformed(place));
        }
        while self.bytes.get(self.at).is_some_and(u8::is_ascii_digit) {
            self.at += 1;
        }
        Ok(())
    }

    fn string(&mut self) -> Result<Cow<'a, str>, JsonError> {
        let opening = self.at;
        self.at += 1;
        let mut plain = self.at;
        let mut unescaped = String::new();
        let mut lone_surrogate = None;
        loop {
            match self.peek()? {
                b'"' => break,
                b'\\' => {
                    unescaped.push_str(self.slice(opening, plain)?);
                    let escape = self.at;
                    match self.escape()? {
                        Some(character) => unescaped.push(character),
                        None => lone_surrogate = lone_surrogate.or(Some(escape)),
                    }
                    plain = self.at;
                }
                0..=0x1F => return Err(self.malformed("in string literal")),
                _ => self.at += 1,
            }
        }
        let rest = self.slice(opening, plain)?;
        self.at += 1;
        if let Some(escape) = lone_surrogate {
            return Err(self.syntax(escape, "invalid escape code in string"));
        }
        if unescaped.is_empty() {
            return Ok(Cow::Borrowed(rest));
        }
        unescaped.push_str(rest);
        Ok(Cow::Owned(unescaped))
    }

    /// The text from `start` to here, all of it within the string that begins at `opening`.
    fn slice(&self, opening: usize, start: usize) -> Result<&'a str, JsonError> {
        self.text
            .get(start..self.at)
            .ok_or_else(|| self.syntax(opening, "invalid UTF-8 in string"))
    }

    /// Reads an escape sequence; `None` is half of a surrogate pair without its other half.
    fn escape(&mut self) -> Result<Option<char>, JsonError> {
        self.at += 1;
        let character = match self.peek()? {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode_escape(),
            _ => return Err(self.malformed("in string escape code")),
        };
        self.at += 1;
        Ok(Some(character))
    }

    fn unicode_escape(&mut self) -> Result<Option<char>, JsonError> {
        let high = self.hex()?;
        if !(0xD800..0xDC00).contains(&high) {
            return Ok(char::from_u32(high));
        }
        let end = self.at;
        if self.bytes.get(end) == Some(&b'\\') && self.bytes.get(end + 1) == Some(&b'u') {
            self.at += 1;
            let low = self.hex()?;
            if (0xDC00..0xE000).contains(&low) {
                return Ok(char::from_u32(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)));
            }
            // The second escape may begin a pair of its own.
            self.at = end;
        }
        Ok(None)
    }

    /// Reads the `u` of an escape and the four digits behind it.
    fn hex(&mut self) -> Result<u32, JsonError> {
        let mut value = 0;
        for _ in 0..4 {
            self.at += 1;
            let Some(digit) = char::from(self.peek()?).to_digit(16) else {
                return Err(self.malformed("in \\u hexadecimal character escape"));
            };
            value = value * 16 + digit;
        }
        self.at += 1;
        Ok(value)
    }

    /// The error of the character that comes next and does not belong here.
    fn malformed(&self, place: impl Into<Cow<'static, str>>) -> JsonError {
        let character = match self.text.get(self.at..).and_then(|rest| rest.chars().next()) {
            Some('"') => "'\"'".to_owned(),
            Some(character) => format!("'{}'", character.escape_default()),
            None => "that is not UTF-8".to_owned(),
        };
        JsonError::Malformed {
            character,
            place: place.into(),
            at: self.position(self.at),
        }
    }

    /// The error of the JSON at `offset`, which a message cannot be read from.
    pub(super) fn syntax(&self, offset: usize, reason: impl Into<String>) -> JsonError {
        JsonError::Syntax {
            at: self.position(offset),
            reason: reason.into(),
        }
    }
}
