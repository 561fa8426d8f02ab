//! A user's e-mail address, as an attribute.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A syntactically acceptable e-mail address.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EmailAddress(String);

/// Why a text is no e-mail address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum EmailAddressError {
    /// Nothing but white space.
    #[error("the address is empty")]
    Empty,
    /// Not `local@domain`.
    #[error("an address is written local@domain, for example ada@example.com")]
    Malformed,
}

impl EmailAddress {
    /// Accepts `local@domain`, white space around it dropped.
    pub fn parse(text: &str) -> Result<Self, EmailAddressError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(EmailAddressError::Empty);
        }
        let (local, domain) = text.rsplit_once('@').ok_or(EmailAddressError::Malformed)?;
        let unusable = |c: char| c.is_whitespace() || c.is_control();
        let quoted = local.len() > 2 && local.starts_with('"') && local.ends_with('"');
        let local_ok = !local.is_empty() && (quoted || !local.contains('@')) && !local.contains(unusable);
        let domain_ok = domain.split('.').all(|label| {
            !label.is_empty()
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.chars().all(|c| c.is_alphanumeric() || c == '-')
        });
        if local_ok && domain_ok {
            Ok(Self(text.to_owned()))
        } else {
            Err(EmailAddressError::Malformed)
        }
    }

    /// The address as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EmailAddress(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_local_at_domain() {
        for good in [
            "ada@example.com",
            " ada@example.com ",
            "a.b+c@sub.example.org",
            "ü@bücher.example",
            "a@localhost",
        ] {
            assert!(EmailAddress::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "ada",
            "@example.com",
            "ada@",
            "a b@example.com",
            "ada@exa mple.com",
            "a@-x.com",
            "a@x..com",
            "a@b@c.com",
        ] {
            assert_eq!(
                EmailAddress::parse(bad),
                Err(EmailAddressError::Malformed),
                "{bad}"
            );
        }
        assert_eq!(EmailAddress::parse("  "), Err(EmailAddressError::Empty));
    }
}
