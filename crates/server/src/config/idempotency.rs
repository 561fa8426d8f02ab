//! `[idempotency]`: calls under an `Idempotency-Key`.

use std::time::Duration;

use serde::Deserialize;

use super::{duration, problem::Problems};

/// Shorter, and an answer would be gone before a caller asks again.
const LIFETIME_MIN: Duration = Duration::from_mins(1);
/// Longer, and what is kept is no longer about calls that are repeated.
const LIFETIME_MAX: Duration = Duration::from_hours(30 * 24);

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
    pub(crate) lifetime: time::Duration,
}

impl TryFrom<RawIdempotency> for IdempotencyConfig {
    type Error = Problems;

    fn try_from(raw: RawIdempotency) -> Result<Self, Problems> {
        let mut problems = Problems::default();
        let lifetime = duration::parse_span_between(&raw.lifetime, LIFETIME_MIN, LIFETIME_MAX);
        match problems.check("idempotency.lifetime", lifetime) {
            Some(lifetime) => Ok(Self {
                required: raw.required,
                lifetime,
            }),
            None => Err(problems),
        }
    }
}
