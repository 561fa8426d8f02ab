//! Every key, what it takes and what holds without it: the table that checks, prints and documents the configuration.

mod keys;
mod page;

pub(crate) use self::{keys::KEYS, page::page};

/// What kind of value a key takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Any text.
    Text,
    /// Any number of texts: a list, or one text with commas between them.
    Texts,
    /// A whole number.
    Integer,
    /// `true` or `false`.
    Flag,
    /// A length of time, such as `90s` or `10m`.
    Duration,
    /// One of these.
    Choice(&'static [&'static str]),
}

/// What holds when a key is not set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fallback {
    /// This value.
    Value(&'static str),
    /// What this says, because it depends on other keys.
    Described(&'static str),
    /// Nothing.
    None,
}

impl Fallback {
    /// The value to start from, if it is one.
    pub(crate) const fn value(self) -> Option<&'static str> {
        match self {
            Self::Value(value) => Some(value),
            Self::Described(_) | Self::None => None,
        }
    }
}

/// One key.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Key {
    /// Where it stands; `[]` marks a list of tables.
    pub(crate) path: &'static str,
    pub(crate) kind: Kind,
    pub(crate) fallback: Fallback,
    /// Whether its value is never shown, and may stand in a file of its own.
    pub(crate) secret: bool,
    pub(crate) meaning: &'static str,
}

impl Key {
    const fn new(path: &'static str, kind: Kind, fallback: Fallback, meaning: &'static str) -> Self {
        Self {
            path,
            kind,
            fallback,
            secret: false,
            meaning,
        }
    }

    const fn secret(path: &'static str, fallback: Fallback, meaning: &'static str) -> Self {
        Self {
            secret: true,
            ..Self::new(path, Kind::Text, fallback, meaning)
        }
    }

    /// The file that holds a secret in its place.
    const fn file(path: &'static str, meaning: &'static str) -> Self {
        Self::new(path, Kind::Text, Fallback::None, meaning)
    }

    /// The environment variable that sets it; for a list, its first member.
    pub(crate) fn variable(&self) -> String {
        format!(
            "RINGTRUE_{}",
            self.path
                .replace("[]", ".0")
                .replace('.', "__")
                .to_ascii_uppercase()
        )
    }
}

/// The key at a path in which `[]` stands for every index.
pub(crate) fn find(pattern: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.path == pattern)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_secret_has_a_file_in_its_place() {
        for key in KEYS.iter().filter(|key| key.secret) {
            assert!(find(&format!("{}_file", key.path)).is_some(), "{}", key.path);
        }
    }

    #[test]
    fn variables_are_named_after_their_keys() {
        assert_eq!(
            find("server.listen").unwrap().variable(),
            "RINGTRUE_SERVER__LISTEN"
        );
        assert_eq!(
            find("sms.providers[].auth_token").unwrap().variable(),
            "RINGTRUE_SMS__PROVIDERS__0__AUTH_TOKEN"
        );
    }
}
