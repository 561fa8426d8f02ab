//! Instants in RFC 3339 and durations in seconds, as `google.protobuf` writes them.

/// The years 1 to 9999, in seconds since 1970.
pub(super) const TIMESTAMP_SECONDS: std::ops::RangeInclusive<i64> = -62_135_596_800..=253_402_300_799;

/// Some ten thousand years.
pub(super) const DURATION_SECONDS_MAX: i64 = 315_576_000_000;

/// Seconds since 1970 and nanoseconds of `2006-01-02T15:04:05.999999999Z`, with `Z` or an offset.
///
/// Strict: capital letters, at most nine fraction digits, years 1 to 9999, no leap seconds.
pub(super) fn timestamp(text: &str) -> Option<(i64, i32)> {
    let bytes = text.as_bytes();
    if bytes.len() < 20 || bytes[4] != b'-' || bytes[7] != b'-' || bytes[10] != b'T' {
        return None;
    }
    let (year, month, day) = (
        number(&bytes[..4])?,
        number(&bytes[5..7])?,
        number(&bytes[8..10])?,
    );
    let time =
        clock(bytes.get(11..19)?.get(..5)?)? * 60 + number(&bytes[17..19]).filter(|&second| second < 60)?;
    if bytes[16] != b':'
        || year < 1
        || !(1..=12).contains(&month)
        || !(1..=month_days(year, month)).contains(&day)
    {
        return None;
    }
    let (nanos, zone) = fraction(&bytes[19..])?;
    let offset = match zone {
        b"Z" => 0,
        [b'+', clock_text @ ..] => clock(clock_text)? * 60,
        [b'-', clock_text @ ..] => -clock(clock_text)? * 60,
        _ => return None,
    };
    let seconds = days(year, month, day) * 86_400 + time - offset;
    // An offset may lead out of the years that can be written.
    TIMESTAMP_SECONDS.contains(&seconds).then_some((seconds, nanos))
}

/// Seconds and nanoseconds, of one sign, of `-3.5s`.
pub(super) fn duration(text: &str) -> Option<(i64, i32)> {
    let (sign, text) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let text = text.strip_suffix('s')?.as_bytes();
    let whole = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let seconds = if (1..=12).contains(&whole) {
        number(&text[..whole])?
    } else {
        return None;
    };
    let (nanos, rest) = fraction(&text[whole..])?;
    (rest.is_empty() && seconds <= DURATION_SECONDS_MAX).then_some((i64::from(sign) * seconds, sign * nanos))
}

/// Nanoseconds of a fraction, if there is one, and what follows it.
fn fraction(text: &[u8]) -> Option<(i32, &[u8])> {
    let [b'.', text @ ..] = text else {
        return Some((0, text));
    };
    let len = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if !(1..=9).contains(&len) {
        return None;
    }
    let nanos = (0..9).fold(0, |nanos, place| {
        nanos * 10
            + if place < len {
                i32::from(text[place] - b'0')
            } else {
                0
            }
    });
    Some((nanos, &text[len..]))
}

/// Minutes of `15:04`.
fn clock(text: &[u8]) -> Option<i64> {
    if text.len() != 5 || text[2] != b':' {
        return None;
    }
    let (hour, minute) = (number(&text[..2])?, number(&text[3..])?);
    (hour < 24 && minute < 60).then_some(hour * 60 + minute)
}

/// The value of digits, few enough not to overflow.
fn number(digits: &[u8]) -> Option<i64> {
    digits.iter().try_fold(0, |value, &digit| {
        digit
            .is_ascii_digit()
            .then(|| value * 10 + i64::from(digit - b'0'))
    })
}

fn month_days(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01, in the Gregorian calendar. Years begin in March here, so that leap days come last.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month < 3 { year - 1 } else { year };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    365 * year + year / 4 - year / 100 + year / 400 + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_read_to_the_nanosecond() {
        for (text, value) in [
            ("1970-01-01T00:00:00Z", (0, 0)),
            ("2024-02-29T12:00:00.5Z", (1_709_208_000, 500_000_000)),
            ("2024-02-29T13:30:00.000000001+01:30", (1_709_208_000, 1)),
            ("1969-12-31T23:59:59-00:00", (-1, 0)),
            ("0001-01-01T00:00:00Z", (-62_135_596_800, 0)),
            ("9999-12-31T23:59:59.999999999Z", (253_402_300_799, 999_999_999)),
        ] {
            assert_eq!(timestamp(text), Some(value), "{text}");
        }
    }

    #[test]
    fn what_is_not_strictly_an_instant_is_refused() {
        for text in [
            "",
            "2024-02-29",
            "2023-02-29T12:00:00Z",
            "2024-02-29t12:00:00Z",
            "2024-02-29T12:00:00z",
            "2024-02-29T12:00:60Z",
            "2024-02-29T24:00:00Z",
            "2024-13-01T12:00:00Z",
            "2024-00-01T12:00:00Z",
            "2024-01-00T12:00:00Z",
            "0000-01-01T00:00:00Z",
            "2024-02-29T12:00:00.Z",
            "2024-02-29T12:00:00.1234567890Z",
            "2024-02-29T12:00:00+0100",
            "2024-02-29T12:00:00",
            "2024-02-29T12:00.00Z00",
            "9999-12-31T23:59:59-01:00",
            "0001-01-01T00:00:00+00:01",
            " 2024-02-29T12:00:00Z",
            "2024-02-29T12:00:00Z ",
            "2024-02-29T12:00:é0Z",
        ] {
            assert_eq!(timestamp(text), None, "{text}");
        }
    }

    #[test]
    fn durations_are_seconds_of_one_sign() {
        assert_eq!(duration("-3.5s"), Some((-3, -500_000_000)));
        assert_eq!(duration("600s"), Some((600, 0)));
        assert_eq!(duration("315576000000s"), Some((315_576_000_000, 0)));
        for text in [
            "",
            "s",
            "1",
            "1.s",
            ".5s",
            "+1s",
            "1 s",
            "315576000001s",
            "99999999999999999999s",
        ] {
            assert_eq!(duration(text), None, "{text}");
        }
    }
}
