//! What is wrong with a JSON text.

use std::borrow::Cow;
use std::fmt;

/// Why a JSON text is not the message that it should be.
///
/// The sentences are the peer's, up to where they would repeat a value: a value may be a code or a phone number.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum JsonError {
    /// There is no value.
    #[error("zero-length payload is not a valid JSON object")]
    Empty,
    /// The text ends within its value.
    #[error("unexpected EOF")]
    UnexpectedEnd,
    /// The text is not JSON.
    #[error("invalid character {character} {place} (line {at})")]
    Malformed {
        /// The character, in single quotes.
        character: String,
        /// What was expected, or in what it stands.
        place: Cow<'static, str>,
        /// Where it stands.
        at: Position,
    },
    /// The text is JSON, and not what a message may look like.
    #[error("proto: syntax error (line {at}): {reason}")]
    Syntax {
        /// Where.
        at: Position,
        /// What is wrong.
        reason: String,
    },
    /// A field has a value that it cannot have.
    #[error("proto: (line {at}): {reason}")]
    Field {
        /// Where its name or value begins.
        at: Position,
        /// What is wrong.
        reason: String,
    },
    /// Arrays and objects are nested too deeply.
    #[error(
        "proto: (line {at}): exceeded maximum recursion depth, nest at most {} levels",
        super::DEPTH_MAX
    )]
    TooDeep {
        /// Where the first level too many begins.
        at: Position,
    },
    /// The caller's type is not the one that its descriptor describes.
    #[error("could not decode the message that was read")]
    Mismatch(#[source] prost::DecodeError),
    /// The message holds what JSON cannot say, such as an instant beyond the year 9999.
    #[error("could not write the message as JSON")]
    Unwritable,
}

/// A place in a text; lines and columns count from one, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

impl Position {
    /// The place of the byte `offset` of `text`.
    pub(super) fn of(text: &[u8], offset: usize) -> Self {
        let before = &text[..offset.min(text.len())];
        let line_start = before
            .iter()
            .rposition(|&byte| byte == b'\n')
            .map_or(0, |newline| newline + 1);
        // Every byte but UTF-8's continuation bytes begins a character.
        let characters = before[line_start..]
            .iter()
            .filter(|&&byte| byte & 0xC0 != 0x80)
            .count();
        Self {
            line: before.split(|&byte| byte == b'\n').count(),
            column: characters + 1,
        }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_counts_lines_and_characters() {
        let text = "{\n \"é\": 1}".as_bytes();
        assert_eq!(Position::of(text, 0).to_string(), "1:1");
        assert_eq!(Position::of(text, text.len() - 2).to_string(), "2:7");
    }
}
