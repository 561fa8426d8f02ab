//! `[phone]`: what becomes a telephone number, and how many may have verified it.

use ringtrue_core::{
    phone_number::{DefaultRegion, PhoneRules, Validation},
    user::PhoneUniqueness,
};
use serde::Deserialize;

use super::problem::{Problems, choice};

/// The section, checked.
#[derive(Debug, Clone)]
pub(crate) struct PhoneConfig {
    /// What becomes a number.
    pub(crate) rules: PhoneRules,
    /// How far one verified number stands for one user.
    pub(crate) unique_verified: PhoneUniqueness,
}

/// The section as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPhone {
    default_region: Option<String>,
    validation: String,
    unique_verified: String,
}

impl TryFrom<RawPhone> for PhoneConfig {
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
        let unique_verified = choice(
            &raw.unique_verified,
            &[
                ("off", PhoneUniqueness::Off),
                ("organization", PhoneUniqueness::Organization),
                ("instance", PhoneUniqueness::Instance),
            ],
        );
        let checked = (
            problems.check("phone.validation", validation),
            problems.check("phone.unique_verified", unique_verified),
        );
        match checked {
            (Some(validation), Some(unique_verified)) if problems.is_empty() => Ok(Self {
                rules: PhoneRules {
                    default_region,
                    validation,
                },
                unique_verified,
            }),
            _ => Err(problems),
        }
    }
}
