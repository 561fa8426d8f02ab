//! Verification codes: their shape, their lifetime, and what failing costs.

use std::fmt;

use time::{Duration, OffsetDateTime};
use zeroize::Zeroizing;

/// A code as the user types it. It is wiped from memory when dropped, and `Debug` does not show it.
#[derive(Clone)]
pub struct Code(Zeroizing<String>);

impl Code {
    /// Takes what a user typed, or what a source drew, as it is: no trimming, no change of case.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(Zeroizing::new(text.to_owned()))
    }

    /// The code in clear, for the message, the reply that asked for it, or the comparison.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code(..)")
    }
}

/// The characters that codes are drawn from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alphabet {
    /// `0` to `9`.
    Digits,
    /// `A` to `Z` and `0` to `9`, which is the peer's default (`contract.md` 5).
    UpperAlphanumeric,
}

impl Alphabet {
    const fn characters(self) -> &'static [u8] {
        match self {
            Self::Digits => b"0123456789",
            Self::UpperAlphanumeric => b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
        }
    }
}

/// How long codes are, and of what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodeShape {
    len: u8,
    alphabet: Alphabet,
}

/// A length outside what may be drawn and typed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "a code has {} to {} characters: NIST SP 800-63B-4 §3.1.3.2 asks for at least six, and VerifyPhone takes at most twenty",
    CodeShape::LEN_MIN,
    CodeShape::LEN_MAX
)]
pub struct CodeLengthError;

impl CodeShape {
    /// NIST SP 800-63B-4 §3.1.3.2: at least six decimal digits.
    pub const LEN_MIN: u8 = 6;
    /// `VerifyPhoneRequest.verification_code` has at most twenty characters (`contract.md` 1.2).
    pub const LEN_MAX: u8 = 20;

    /// A shape of `len` characters.
    pub const fn new(len: u8, alphabet: Alphabet) -> Result<Self, CodeLengthError> {
        if len < Self::LEN_MIN || len > Self::LEN_MAX {
            return Err(CodeLengthError);
        }
        Ok(Self { len, alphabet })
    }

    /// Makes a code out of random bytes, every code of the shape equally likely.
    ///
    /// A byte beyond the largest multiple of the alphabet's size is thrown away, because folding it in would
    /// favour the first characters. `random` fills its argument from the operating system's generator.
    pub fn draw(self, mut random: impl FnMut(&mut [u8])) -> Code {
        let characters = self.alphabet.characters();
        let size = characters.len();
        let fair = 256 - 256 % size;
        let mut text = Zeroizing::new(String::with_capacity(usize::from(self.len)));
        let mut bytes = Zeroizing::new([0_u8; 32]);
        loop {
            random(bytes.as_mut());
            for byte in bytes
                .iter()
                .map(|&byte| usize::from(byte))
                .filter(|&byte| byte < fair)
            {
                text.push(char::from(characters[byte % size]));
                if text.len() == usize::from(self.len) {
                    return Code(text);
                }
            }
        }
    }
}

impl Default for CodeShape {
    /// Six decimal digits.
    fn default() -> Self {
        Self {
            len: Self::LEN_MIN,
            alphabet: Alphabet::Digits,
        }
    }
}

/// The rules that codes live by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodePolicy {
    /// What a code looks like.
    pub shape: CodeShape,
    /// How long after it was drawn a code is accepted. NIST SP 800-63B-4 §3.1.3.2: ten minutes at most.
    pub lifetime: Duration,
    /// How many consecutive failures kill the outstanding code, 1 to [`FAILURES_ABSOLUTE_MAX`].
    pub failures_max: u32,
}

/// NIST SP 800-63B-4 §3.2.2: no more than a hundred consecutive failures on one account, whatever else holds.
pub const FAILURES_ABSOLUTE_MAX: u32 = 100;

/// The first wait after too many failures; each further failure doubles it (NIST SP 800-63B-4 §3.2.2).
const WAIT_FIRST: Duration = Duration::seconds(30);
/// The longest wait.
const WAIT_MAX: Duration = Duration::hours(1);

/// From when on a user who failed too often may try again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lock {
    /// From this moment on.
    Until(#[serde(with = "time::serde::rfc3339")] OffsetDateTime),
    /// Not by waiting: the absolute limit is reached, and only a privileged call lifts it.
    UntilReset,
}

impl Lock {
    /// Whether an attempt at `now` is refused.
    #[must_use]
    pub fn holds_at(&self, now: OffsetDateTime) -> bool {
        match self {
            Self::Until(end) => now < *end,
            Self::UntilReset => true,
        }
    }
}

impl CodePolicy {
    /// What the `failures`-th consecutive failure at `now` costs: nothing before the limit, then a growing wait.
    #[must_use]
    pub fn lock_after(&self, failures: u32, now: OffsetDateTime) -> Option<Lock> {
        if failures >= FAILURES_ABSOLUTE_MAX {
            return Some(Lock::UntilReset);
        }
        let beyond = failures.checked_sub(self.failures_max)?;
        let wait = if beyond >= 7 {
            WAIT_MAX
        } else {
            WAIT_MAX.min(WAIT_FIRST * 2_i32.pow(beyond))
        };
        Some(Lock::Until(now + wait))
    }
}

impl Default for CodePolicy {
    /// Six digits, ten minutes, five failures.
    fn default() -> Self {
        Self {
            shape: CodeShape::default(),
            lifetime: Duration::minutes(10),
            failures_max: 5,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: OffsetDateTime = time::macros::datetime!(2026-01-01 12:00 UTC);

    #[test]
    fn a_code_never_shows_itself_in_debug_output() {
        assert_eq!(format!("{:?}", Code::new("123456")), "Code(..)");
    }

    #[test]
    fn a_byte_that_would_favour_some_characters_is_thrown_away() {
        let mut fed = [250_u8, 255, 251, 0, 10, 249, 19, 1, 2].into_iter().cycle();
        let code = CodeShape::default().draw(|bytes| bytes.fill_with(|| fed.next().unwrap()));
        assert_eq!(code.reveal(), "009912");
    }

    #[test]
    fn every_shape_draws_its_length_from_its_alphabet() {
        for len in CodeShape::LEN_MIN..=CodeShape::LEN_MAX {
            let shape = CodeShape::new(len, Alphabet::UpperAlphanumeric).unwrap();
            let mut next = 0_u8;
            let code = shape.draw(|bytes| {
                bytes.fill_with(|| {
                    next = next.wrapping_add(41);
                    next
                });
            });
            assert_eq!(code.reveal().len(), usize::from(len));
            assert!(
                code.reveal()
                    .bytes()
                    .all(|b| Alphabet::UpperAlphanumeric.characters().contains(&b))
            );
        }
    }

    #[test]
    fn lengths_below_six_and_above_twenty_are_refused() {
        assert_eq!(CodeShape::new(5, Alphabet::Digits), Err(CodeLengthError));
        assert_eq!(CodeShape::new(21, Alphabet::Digits), Err(CodeLengthError));
    }

    #[test]
    fn the_wait_grows_from_thirty_seconds_to_an_hour_and_ends_in_a_lock() {
        let policy = CodePolicy::default();
        let wait = |failures| match policy.lock_after(failures, NOON) {
            Some(Lock::Until(end)) => Some((end - NOON).whole_seconds()),
            Some(Lock::UntilReset) => Some(-1),
            None => None,
        };
        assert_eq!(wait(4), None);
        assert_eq!(
            [5, 6, 7, 8, 9, 10, 11, 12, 99].map(|n| wait(n).unwrap()),
            [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]
        );
        assert_eq!(wait(100), Some(-1));
    }
}
