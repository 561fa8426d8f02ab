//! What the proto files say in `(ringtrue.rule)` of what a field may hold.

use prost_reflect::{DynamicMessage, FieldDescriptor, OneofDescriptor};

/// What a field's value must be like.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Rule {
    /// Fewest characters, or bytes.
    pub(super) min: u64,
    /// Most characters, or bytes.
    pub(super) max: Option<u64>,
    /// A message that must be there.
    pub(super) required: bool,
    /// A flag that can only be set.
    pub(super) only_true: bool,
    /// What the text is.
    pub(super) kind: Kind,
    /// A value that serves as an example.
    pub(super) example: Option<String>,
}

/// What a text is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Kind {
    /// Any text.
    #[default]
    Text,
    /// An identifier.
    Id,
    /// A phone number.
    Phone,
    /// An e-mail address.
    Email,
}

impl Rule {
    /// The rule of a field; of a field that has none, the one that allows anything.
    pub(super) fn of(field: &FieldDescriptor) -> Self {
        let Some(extension) = ringtrue_proto::pool().get_extension_by_name("ringtrue.rule") else {
            return Self::default();
        };
        let options = field.options();
        let value = options.get_extension(&extension);
        value.as_message().map(Self::read).unwrap_or_default()
    }

    fn read(rule: &DynamicMessage) -> Self {
        let value = |name: &str| rule.get_field_by_name(name);
        let number = |name: &str| value(name).and_then(|value| value.as_u32()).map(u64::from);
        let flag = |name: &str| value(name).and_then(|value| value.as_bool()).unwrap_or_default();
        let example = value("example").and_then(|value| value.as_str().map(str::to_owned));
        Self {
            min: number("min").unwrap_or_default(),
            max: number("max").filter(|_| rule.has_field_by_name("max")),
            required: flag("required"),
            only_true: flag("only_true"),
            kind: match value("kind").and_then(|value| value.as_enum_number()) {
                Some(1) => Kind::Id,
                Some(2) => Kind::Phone,
                Some(3) => Kind::Email,
                _ => Kind::Text,
            },
            example: example.filter(|text| !text.is_empty()),
        }
    }
}

/// Whether one of the members must be there.
pub(super) fn is_needed(oneof: &OneofDescriptor) -> bool {
    let Some(extension) = ringtrue_proto::pool().get_extension_by_name("ringtrue.needed") else {
        return false;
    };
    let options = oneof.options();
    options.get_extension(&extension).as_bool().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(message: &str, field: &str) -> Rule {
        let message = ringtrue_proto::pool().get_message_by_name(message).unwrap();
        Rule::of(&message.get_field_by_name(field).unwrap())
    }

    #[test]
    fn a_rule_is_read_from_beside_the_field() {
        let expected = Rule {
            min: 1,
            max: Some(200),
            kind: Kind::Phone,
            example: Some("+41791234567".to_owned()),
            ..Rule::default()
        };
        assert_eq!(rule("zitadel.user.v2.SetPhoneRequest", "phone"), expected);
        assert!(rule("zitadel.user.v2beta.SetPhoneRequest", "is_verified").only_true);
        assert!(rule("zitadel.user.v2.AddHumanUserRequest", "email").required);
        assert_eq!(
            rule("zitadel.user.v2.SetPhoneResponse", "details"),
            Rule::default()
        );
    }
}
