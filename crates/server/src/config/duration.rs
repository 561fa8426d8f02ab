//! Lengths of time as people write them: `90s`, `10m`, `1h30m`, `90d`.

use std::time::Duration;

/// Units and their milliseconds, the smallest first.
const UNITS: [(&str, u64); 5] = [
    ("ms", 1),
    ("s", 1_000),
    ("m", 60_000),
    ("h", 3_600_000),
    ("d", 86_400_000),
];

/// Not a length of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is a number and a unit (ms, s, m, h or d), for example 90s, 10m or 1h30m")]
pub(crate) struct DurationError;

/// Reads one or more numbers, each with its unit.
pub(crate) fn parse(text: &str) -> Result<Duration, DurationError> {
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err(DurationError);
    }
    let mut total_ms = 0_u64;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or(DurationError)?;
        let number: u64 = rest[..digits].parse().map_err(|_| DurationError)?;
        rest = &rest[digits..];
        let letters = rest.find(|c: char| !c.is_ascii_lowercase()).unwrap_or(rest.len());
        let unit = &rest[..letters];
        let (_, unit_ms) = UNITS
            .iter()
            .find(|(name, _)| *name == unit)
            .ok_or(DurationError)?;
        rest = &rest[letters..];
        total_ms = number
            .checked_mul(*unit_ms)
            .and_then(|ms| total_ms.checked_add(ms))
            .ok_or(DurationError)?;
    }
    Ok(Duration::from_millis(total_ms))
}

/// Reads a length of time between two bounds.
pub(crate) fn parse_between(text: &str, min: Duration, max: Duration) -> Result<Duration, String> {
    let duration = parse(text).map_err(|error| error.to_string())?;
    if duration < min || duration > max {
        return Err(format!("is {} to {}", print(min), print(max)));
    }
    Ok(duration)
}

/// The same, to be added to instants.
pub(crate) fn parse_span_between(text: &str, min: Duration, max: Duration) -> Result<time::Duration, String> {
    let duration = parse_between(text, min, max)?;
    time::Duration::try_from(duration).map_err(|error| error.to_string())
}

/// Writes a length of time in the largest unit that it is a whole number of; one day is `24h`.
fn print(duration: Duration) -> String {
    let ms = duration.as_millis();
    let fits = |unit: &str, unit_ms: u128| ms.is_multiple_of(unit_ms) && (unit != "d" || ms > unit_ms);
    let fitting = UNITS
        .iter()
        .rev()
        .map(|(unit, unit_ms)| (unit, u128::from(*unit_ms)))
        .find(|(unit, unit_ms)| ms >= *unit_ms && fits(unit, *unit_ms));
    match fitting {
        Some((unit, unit_ms)) => format!("{}{unit}", ms / unit_ms),
        None => "0s".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_with_units_add_up() {
        for (text, seconds) in [
            ("90s", 90),
            ("10m", 600),
            ("1h30m", 5_400),
            ("90d", 7_776_000),
            (" 5s ", 5),
        ] {
            assert_eq!(parse(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        assert_eq!(parse("250ms"), Ok(Duration::from_millis(250)));
    }

    #[test]
    fn bounds_are_said_as_people_write_them() {
        let refused = |min, max| parse_between("1000d", min, max).unwrap_err();
        let (secs, days) = (Duration::from_secs, |days: u64| Duration::from_hours(24 * days));
        assert_eq!(refused(Duration::from_mins(1), days(30)), "is 1m to 30d");
        assert_eq!(refused(secs(0), secs(300)), "is 0s to 5m");
        assert_eq!(refused(secs(30), days(1)), "is 30s to 24h");
        assert_eq!(refused(Duration::from_millis(100), secs(90)), "is 100ms to 90s");
    }

    #[test]
    fn a_number_without_a_unit_is_no_length_of_time() {
        for text in [
            "",
            "10",
            "m",
            "10 m",
            "-5s",
            "1.5h",
            "10x",
            "99999999999999999999d",
            "9999999999999999d",
        ] {
            assert_eq!(parse(text), Err(DurationError), "{text:?}");
        }
    }
}
