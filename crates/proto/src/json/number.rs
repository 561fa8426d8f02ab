//! Numbers, exact: a JSON number is a whole number when its value is one, however it is written.

/// The value of a JSON number, if it is whole and fits.
pub(super) fn whole(text: &str) -> Option<i128> {
    let (negative, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (before, after) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let after = after.trim_end_matches('0');
    if before.trim_start_matches('0').is_empty() && after.is_empty() {
        return Some(0);
    }
    let zeros = usize::try_from(exponent).ok();
    let (digits, zeros) = match zeros {
        // Some of the exponent moves the point over the fraction, the rest adds zeros.
        Some(exponent) => (format!("{before}{after}"), exponent.checked_sub(after.len())?),
        // The point moves left: only zeros may be left behind it.
        None if after.is_empty() => {
            let cut = before
                .len()
                .checked_sub(usize::try_from(exponent.unsigned_abs()).ok()?)?;
            let (kept, dropped) = before.split_at(cut);
            if dropped.bytes().any(|digit| digit != b'0') {
                return None;
            }
            (kept.to_owned(), 0)
        }
        None => return None,
    };
    // Longer than any 64-bit integer; also keeps a hostile exponent from costing memory.
    if digits.trim_start_matches('0').len() + zeros > 20 {
        return None;
    }
    let value = digits.parse::<i128>().ok()? * 10_i128.pow(u32::try_from(zeros).ok()?);
    Some(if negative { -value } else { value })
}

/// Whether `text` is all of a JSON number.
pub(super) fn is_number(text: &str) -> bool {
    let mut lexer = super::lexer::Lexer::new(text.as_bytes());
    matches!(lexer.value(), Ok(super::lexer::Token::Number(number)) if number.len() == text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_whole_by_value_and_not_by_spelling() {
        for (text, value) in [
            ("0", Some(0)),
            ("-0.0e9", Some(0)),
            ("0e-7", Some(0)),
            ("1.0", Some(1)),
            ("1e3", Some(1000)),
            ("1.5e1", Some(15)),
            ("-250e-1", Some(-25)),
            ("18446744073709551616", Some(18_446_744_073_709_551_616)),
            ("1.5", None),
            ("25e-2", None),
            ("1e-1", None),
            ("1e20", None),
            ("1e999999999", None),
            ("1e99999999999", None),
        ] {
            assert_eq!(whole(text), value, "{text}");
        }
    }

    #[test]
    fn only_all_of_a_number_is_a_number() {
        assert!(is_number("-1.5e+3"));
        for text in ["", " 1", "1 ", "+1", "01", "1x", "\"1\"", "{"] {
            assert!(!is_number(text), "{text}");
        }
    }
}
