//! Telephone numbers in E.164, and the rules by which a stranger's text becomes one.

mod e164;
mod sort;

use std::fmt;

use rlibphonenumber::{
    NotANumberError, PHONE_NUMBER_UTIL, ParseError, PhoneNumberFormat, Region, interfaces::AsOriginal as _,
};
use serde::{Deserialize, Serialize};

/// The most Unicode code points of a number as typed (`contract.md` 1.2).
const INPUT_LEN_MAX: usize = 200;

/// A telephone number in E.164. `Debug` and [`masked`](Self::masked) show only its ends.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PhoneNumber(String);

impl PhoneNumber {
    /// Takes an E.164 text that a store of ours kept; it was parsed when it came in.
    #[must_use]
    pub fn from_stored(e164: String) -> Self {
        Self(e164)
    }

    /// The number in full, for the gateway and for whoever may read it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first three and last two characters, for logs: `+41*******67`.
    #[must_use]
    pub fn masked(&self) -> String {
        let len = self.0.len();
        self.0
            .char_indices()
            .map(|(at, c)| if at < 3 || at + 2 >= len { c } else { '*' })
            .collect()
    }
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PhoneNumber({})", self.masked())
    }
}

/// How much a number must be before it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Validation {
    /// Assigned by the numbering plan of its country.
    #[default]
    Valid,
    /// Of a length that its country uses.
    Possible,
    /// Anything that libphonenumber parses: the peer's rule (`contract.md` 3.9).
    Parseable,
}

/// A country or territory whose national numbers are understood: ISO 3166-1 alpha-2, for example `CH`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DefaultRegion(Region);

/// Not a region that has telephone numbers.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a region is written as its two-letter ISO 3166-1 code in capitals, for example CH or US")]
pub struct RegionError;

impl DefaultRegion {
    /// The beginning of a number of this region, of which `national` is the beginning in national form: with `CH`, `079`
    /// gives `+4179`.
    #[must_use]
    pub(crate) fn beginning(self, national: &str) -> Option<String> {
        let country = PHONE_NUMBER_UTIL.get_country_code_for_region(self.0)?;
        // What is dialled before the area within the region, `0` for example; nothing where there is none.
        let library = PHONE_NUMBER_UTIL.as_original();
        let trunk = library
            .get_ndd_prefix_for_region(self.0, true)
            .unwrap_or_default();
        let rest = national.strip_prefix(&*trunk).unwrap_or(national);
        Some(format!("+{country}{rest}"))
    }
}

impl std::str::FromStr for DefaultRegion {
    type Err = RegionError;

    fn from_str(text: &str) -> Result<Self, RegionError> {
        if text.len() != 2 || !text.bytes().all(|b| b.is_ascii_uppercase()) {
            return Err(RegionError);
        }
        let region: Region = text.parse().map_err(|_| RegionError)?;
        if PHONE_NUMBER_UTIL.get_country_code_for_region(region).is_none() {
            return Err(RegionError);
        }
        Ok(Self(region))
    }
}

/// Turns what people type into numbers.
#[derive(Debug, Clone, Default)]
pub struct PhoneRules {
    /// Whose national format is understood; none: only international numbers are.
    pub default_region: Option<DefaultRegion>,
    /// What a number must be.
    pub validation: Validation,
}

/// Why a text is not accepted as a telephone number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum PhoneNumberError {
    /// Nothing there.
    #[error("send it in international form, for example +41791234567")]
    Empty,
    /// More than 200 characters.
    #[error("a number has at most {INPUT_LEN_MAX} characters as typed")]
    TooLong,
    /// No digits that could be a number.
    #[error("this is not a telephone number; write it in international form, for example +41791234567")]
    NotANumber,
    /// National form, and no default region.
    #[error(
        "the country is missing; write the number in international form, + and country code first, for example +41791234567"
    )]
    CountryMissing,
    /// `+` and digits that are no country's.
    #[error(
        "no country has this country code; write the number in international form, for example +41791234567"
    )]
    CountryUnknown,
    /// Too few digits for its country.
    #[error("the number is too short for its country")]
    TooShortForCountry,
    /// Too many digits for its country.
    #[error("the number is too long for its country")]
    TooLongForCountry,
    /// A length that its country does not use.
    #[error("numbers of its country do not have this many digits")]
    LengthUnused,
    /// The right length, but not assigned.
    #[error("its country's numbering plan has no such number; check the digits")]
    NotAssigned,
}

impl PhoneRules {
    /// Reads a number as a person writes it; an extension is dropped.
    pub fn parse(&self, text: &str) -> Result<PhoneNumber, PhoneNumberError> {
        if e164::is_mobile(text) {
            return Ok(PhoneNumber(text.to_owned()));
        }
        self.read(text)
    }

    /// The library's way, for whatever people write.
    fn read(&self, text: &str) -> Result<PhoneNumber, PhoneNumberError> {
        use rlibphonenumber::ValidationError;
        if text.trim().is_empty() {
            return Err(PhoneNumberError::Empty);
        }
        // The parser's time grows with the square of the text: a cap keeps a stranger from renting it.
        if text.chars().count() > INPUT_LEN_MAX {
            return Err(PhoneNumberError::TooLong);
        }
        let region = self.default_region.map(|DefaultRegion(region)| region);
        let number = PHONE_NUMBER_UTIL
            .parse(text, region)
            .map_err(|error| refusal(&error, text, region))?;
        if self.validation != Validation::Parseable {
            number.is_possible_with_reason().map_err(|reason| match reason {
                ValidationError::InvalidCountryCode => PhoneNumberError::CountryUnknown,
                ValidationError::TooShort => PhoneNumberError::TooShortForCountry,
                ValidationError::TooLong => PhoneNumberError::TooLongForCountry,
                ValidationError::InvalidLength => PhoneNumberError::LengthUnused,
            })?;
        }
        if self.validation == Validation::Valid && !number.is_valid() {
            return Err(PhoneNumberError::NotAssigned);
        }
        Ok(PhoneNumber(
            number.format_as(PhoneNumberFormat::E164).into_owned(),
        ))
    }
}

fn refusal(error: &ParseError, text: &str, region: Option<Region>) -> PhoneNumberError {
    match error {
        ParseError::InvalidCountryCode if region.is_none() && !text.contains(['+', '＋']) => {
            PhoneNumberError::CountryMissing
        }
        ParseError::InvalidCountryCode => PhoneNumberError::CountryUnknown,
        ParseError::NotANumber(NotANumberError::FailedToParseNumberAsInt(_)) | ParseError::TooLongNsn => {
            PhoneNumberError::TooLongForCountry
        }
        ParseError::NotANumber(_) => PhoneNumberError::NotANumber,
        ParseError::TooShortAfterIdd | ParseError::TooShortNsn => PhoneNumberError::TooShortForCountry,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(region: &str, validation: Validation) -> PhoneRules {
        PhoneRules {
            default_region: region.parse().ok(),
            validation,
        }
    }

    #[test]
    fn without_a_region_a_national_number_is_told_how_to_be_written() {
        let error = PhoneRules::default().parse("079 123 45 67").unwrap_err();
        assert_eq!(error, PhoneNumberError::CountryMissing);
        assert!(error.to_string().contains("+41791234567"));
    }

    #[test]
    fn the_peers_region_and_validation_give_the_peers_numbers() {
        let peer = rules("CH", Validation::Parseable);
        for (typed, stored) in [
            ("0791234567", "+41791234567"),
            ("0041791234567", "+41791234567"),
            ("+41 (0)79 123 45 67", "+41791234567"),
            ("tel:+41791234567", "+41791234567"),
            ("+41791234567 ext 5", "+41791234567"),
            ("＋４１７９１２３４５６７", "+41791234567"),
            ("12", "+4112"),
            // Mexico dropped its mobile 1 in 2019; metadata since then keeps what was typed, the peer's older one drops it.
            ("+5215512345678", "+5215512345678"),
            ("+3906123456", "+3906123456"),
        ] {
            assert_eq!(peer.parse(typed).unwrap().as_str(), stored, "{typed}");
        }
        for refused in [
            "abc",
            "+",
            "0",
            "1",
            "00",
            "+12",
            "+41",
            "+411",
            "+999123456789",
            "+0123456789",
            "++",
        ] {
            assert!(peer.parse(refused).is_err(), "{refused}");
        }
    }

    #[test]
    fn each_validation_is_stricter_than_the_next() {
        let (unassigned, short) = ("+41001234567", "+41791");
        assert_eq!(
            rules("", Validation::Valid).parse(unassigned),
            Err(PhoneNumberError::NotAssigned)
        );
        assert!(rules("", Validation::Possible).parse(unassigned).is_ok());
        assert_eq!(
            rules("", Validation::Possible).parse(short),
            Err(PhoneNumberError::TooShortForCountry)
        );
        assert!(rules("", Validation::Parseable).parse(short).is_ok());
    }

    #[test]
    fn a_number_is_masked_wherever_it_is_printed() {
        let number = PhoneRules::default().parse("+41791234567").unwrap();
        assert_eq!(format!("{number:?}"), "PhoneNumber(+41*******67)");
    }

    #[test]
    fn regions_are_two_capital_letters_that_have_numbers() {
        assert!("CH".parse::<DefaultRegion>().is_ok());
        for bad in ["", "ch", "XX", "CHE", "001", "41"] {
            assert!(bad.parse::<DefaultRegion>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_text_of_a_megabyte_is_refused_before_it_is_parsed() {
        assert_eq!(
            PhoneRules::default().parse(&"1".repeat(1 << 20)),
            Err(PhoneNumberError::TooLong)
        );
    }
}
