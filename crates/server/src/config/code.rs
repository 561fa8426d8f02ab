//! `[code]`: how codes live.

use std::time::Duration;

use ringtrue_core::code::{Alphabet, CodeLengthError, CodePolicy, CodeShape, FAILURES_ABSOLUTE_MAX};
use serde::Deserialize;

use super::{
    duration,
    problem::{Problems, choice},
};

/// NIST SP 800-63B-4 §3.1.3.2.
const LIFETIME_MAX: Duration = Duration::from_mins(10);
/// Beyond the standard; after a day nobody knows any more what the code was for.
const LIFETIME_ABSOLUTE_MAX: Duration = Duration::from_hours(24);

/// The section as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawCode {
    length: u64,
    alphabet: String,
    lifetime: String,
    lifetime_beyond_nist_sp_800_63b_4: bool,
    failures_max: u64,
}

impl TryFrom<RawCode> for super::Code {
    type Error = Problems;

    fn try_from(raw: RawCode) -> Result<Self, Problems> {
        let mut problems = Problems::default();
        let alphabet = choice(
            &raw.alphabet,
            &[
                ("digits", Alphabet::Digits),
                ("upper-alphanumeric", Alphabet::UpperAlphanumeric),
            ],
        );
        let alphabet = problems.check("code.alphabet", alphabet);
        let len = u8::try_from(raw.length).map_err(|_| CodeLengthError);
        let shape = len.and_then(|len| CodeShape::new(len, alphabet.unwrap_or(Alphabet::Digits)));
        let shape = problems.check("code.length", shape);
        let lifetime = lifetime(&raw.lifetime, raw.lifetime_beyond_nist_sp_800_63b_4);
        let lifetime = problems.check("code.lifetime", lifetime);
        let failures = u32::try_from(raw.failures_max)
            .ok()
            .filter(|failures| (1..=FAILURES_ABSOLUTE_MAX).contains(failures))
            .ok_or("is 1 to 100: NIST SP 800-63B-4 §3.2.2 allows no more than 100 failures in a row");
        let failures_max = problems.check("code.failures_max", failures);
        match (shape, lifetime, failures_max) {
            (Some(shape), Some(lifetime), Some(failures_max)) if problems.is_empty() => {
                Ok(Self(CodePolicy {
                    shape,
                    lifetime,
                    failures_max,
                }))
            }
            _ => Err(problems),
        }
    }
}

fn lifetime(text: &str, beyond_nist: bool) -> Result<time::Duration, String> {
    let lifetime = duration::parse_between(text, Duration::from_secs(30), LIFETIME_ABSOLUTE_MAX)?;
    if lifetime > LIFETIME_MAX && !beyond_nist {
        return Err(
            "is longer than the ten minutes that NIST SP 800-63B-4 §3.1.3.2 allows; \
             to leave the standard, set code.lifetime_beyond_nist_sp_800_63b_4 = true"
                .to_owned(),
        );
    }
    time::Duration::try_from(lifetime).map_err(|error| error.to_string())
}
