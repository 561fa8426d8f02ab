//! `[idempotency]`: calls under an `Idempotency-Key`.

use std::time::Duration;

use serde::Deserialize;

use super::{duration, problem::Problems};

/// The section as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawIdempotency {
    required: bool,
    lifetime: String,
}

/// The section, checked.
#[derive(Debug, Clone)]
pub(crate) struct IdempotencyConfig {
    /// Whether a write without a key is refused.
    pub(crate) required: bool,
    /// How long an answer is kept.
    pub(crate) lifetime: Duration,
}

impl TryFrom<RawIdempotency> for IdempotencyConfig {
    type Error = Problems;

    fn try_from(raw: RawIdempotency) -> Result<Self, Problems> {
        let mut problems = Problems::default();
        let lifetime = lifetime(&raw.lifetime);
        match problems.check("idempotency.lifetime", lifetime) {
            Some(lifetime) => Ok(Self {
                required: raw.required,
                lifetime,
            }),
            None => Err(problems),
        }
    }
}

fn lifetime(text: &str) -> Result<Duration, String> {
    const PROBLEM: &str = "is 1m to 30d";
    duration::parse_between(text, Duration::from_mins(1), Duration::from_hours(30 * 24)).map_err(|error| {
        if duration::parse(text).is_ok() {
            PROBLEM.to_owned()
        } else {
            error
        }
    })
}
