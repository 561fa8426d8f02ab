//! The rules that a request's fields obey before anybody looks at what they mean, in the words of protoc-gen-validate.

use std::fmt;

/// What is wrong with the first field that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Invalid(String);

impl Invalid {
    /// A field whose value breaks a rule.
    pub(crate) fn field(message: &str, field: &str, rule: impl fmt::Display) -> Self {
        Self(format!("invalid {message}.{field}: {rule}"))
    }

    /// A field whose value has a field whose value breaks a rule.
    pub(crate) fn within(self, message: &str, field: &str) -> Self {
        Self::field(
            message,
            field,
            format_args!("embedded message failed validation | caused by: {self}"),
        )
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A text of `min` to `max` Unicode code points that can be stored.
pub(crate) fn runes(
    message: &str,
    field: &str,
    value: &str,
    (min, max): (usize, usize),
) -> Result<(), Invalid> {
    storable(message, field, value)?;
    let len = value.chars().count();
    if (min..=max).contains(&len) {
        return Ok(());
    }
    let rule = format_args!("value length must be between {min} and {max} runes, inclusive");
    Err(Invalid::field(message, field, rule))
}

/// A text of at most `max` Unicode code points that can be stored.
pub(crate) fn runes_at_most(message: &str, field: &str, value: &str, max: usize) -> Result<(), Invalid> {
    storable(message, field, value)?;
    if value.chars().count() <= max {
        return Ok(());
    }
    let rule = format_args!("value length must be at most {max} runes");
    Err(Invalid::field(message, field, rule))
}

/// A text without the one character that PostgreSQL keeps in no text.
fn storable(message: &str, field: &str, value: &str) -> Result<(), Invalid> {
    if value.contains('\0') {
        return Err(Invalid::field(message, field, "value must not contain U+0000"));
    }
    Ok(())
}

/// An id: 1 to 200 code points, and no control character, which no id of ours has.
pub(crate) fn id(message: &str, field: &str, value: &str) -> Result<(), Invalid> {
    runes(message, field, value, (1, 200))?;
    if value.chars().any(char::is_control) {
        return Err(Invalid::field(
            message,
            field,
            "value must not contain control characters",
        ));
    }
    Ok(())
}

/// A number that an enum has a name for.
pub(crate) fn defined<E: TryFrom<i32>>(message: &str, field: &str, value: i32) -> Result<(), Invalid> {
    match E::try_from(value) {
        Ok(_) => Ok(()),
        Err(_) => Err(Invalid::field(
            message,
            field,
            "value must be one of the defined enum values",
        )),
    }
}

/// A message, or a member of a oneof, that must be there.
pub(crate) fn required<'a, T>(message: &str, field: &str, value: Option<&'a T>) -> Result<&'a T, Invalid> {
    value.ok_or_else(|| Invalid::field(message, field, "value is required"))
}

/// The one value that a `bool` of a oneof may have.
pub(crate) fn is_true(message: &str, field: &str, value: bool) -> Result<(), Invalid> {
    if value {
        return Ok(());
    }
    Err(Invalid::field(message, field, "value must equal true"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_count_code_points_and_not_bytes() {
        assert_eq!(runes("M", "F", &"é".repeat(200), (1, 200)), Ok(()));
        assert_eq!(
            runes("SetPhoneRequest", "Phone", "", (1, 200))
                .unwrap_err()
                .to_string(),
            "invalid SetPhoneRequest.Phone: value length must be between 1 and 200 runes, inclusive"
        );
        assert!(runes_at_most("M", "F", &"é".repeat(201), 200).is_err());
    }

    #[test]
    fn a_text_that_postgresql_cannot_keep_is_refused() {
        let nul = "invalid M.F: value must not contain U+0000";
        assert_eq!(runes("M", "F", "A\0", (1, 200)).unwrap_err().to_string(), nul);
        assert_eq!(runes_at_most("M", "F", "\0", 200).unwrap_err().to_string(), nul);
    }

    #[test]
    fn a_nested_field_is_named_with_the_way_to_it() {
        let inner = runes("SetHumanPhone", "Phone", &"1".repeat(201), (0, 200)).unwrap_err();
        assert_eq!(
            inner.within("AddHumanUserRequest", "Phone").to_string(),
            "invalid AddHumanUserRequest.Phone: embedded message failed validation | caused by: \
             invalid SetHumanPhone.Phone: value length must be between 0 and 200 runes, inclusive"
        );
    }
}
