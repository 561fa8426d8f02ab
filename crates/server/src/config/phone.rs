//! `[phone]`: what becomes a telephone number.

use ringtrue_core::phone_number::{DefaultRegion, PhoneRules, Validation};
use serde::Deserialize;

use super::problem::{Problems, choice};

/// The section as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPhone {
    default_region: Option<String>,
    validation: String,
}

impl TryFrom<RawPhone> for super::Phone {
    type Error = Problems;

    fn try_from(raw: RawPhone) -> Result<Self, Problems> {
        let mut problems = Problems::default();
        // An empty variable is how some deployments say "none".
        let region = raw.default_region.filter(|region| !region.is_empty());
        let default_region =
            region.and_then(|region| problems.check("phone.default_region", region.parse::<DefaultRegion>()));
        let validation = choice(
            &raw.validation,
            &[
                ("valid", Validation::Valid),
                ("possible", Validation::Possible),
                ("parseable", Validation::Parseable),
            ],
        );
        match problems.check("phone.validation", validation) {
            Some(validation) if problems.is_empty() => Ok(Self(PhoneRules {
                default_region,
                validation,
            })),
            _ => Err(problems),
        }
    }
}
