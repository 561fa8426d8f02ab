use std::fmt;

use crate::{OrgId, phone_number::PhoneNumber};

/// A name that one user holds at a time. `Debug` shows no number.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Claim {
    /// What sort of name.
    pub kind: ClaimKind,
    /// The name, folded so that equal names are equal texts.
    pub value: String,
}

/// The sorts of names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ClaimKind {
    /// A username, unique on the instance and without regard to case.
    Username,
    /// A number that a user has proven, unique as far as [`PhoneUniqueness`] says.
    VerifiedPhone,
}

/// How far one verified number stands for one user. Numbers that are not verified never stand in anybody's way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PhoneUniqueness {
    /// Any number of users may have verified the same number, as with the peer.
    #[default]
    Off,
    /// One user of each organisation.
    Organization,
    /// One user of the whole instance.
    Instance,
}

impl fmt::Debug for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            ClaimKind::Username => write!(f, "Claim(username {:?})", self.value),
            ClaimKind::VerifiedPhone => f.write_str("Claim(verified_phone ..)"),
        }
    }
}

impl Claim {
    /// The claim on a username.
    #[must_use]
    pub fn username(name: &str) -> Self {
        Self {
            kind: ClaimKind::Username,
            value: name.to_lowercase(),
        }
    }
}

impl ClaimKind {
    /// The name that stores keep it under.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Username => "username",
            Self::VerifiedPhone => "verified_phone",
        }
    }
}

impl PhoneUniqueness {
    /// Every rule.
    pub const ALL: [Self; 3] = [Self::Off, Self::Organization, Self::Instance];

    /// The name that it is configured under.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Organization => "organization",
            Self::Instance => "instance",
        }
    }

    /// What a user of `organization` claims who has verified `number`: the number, or `number organization`.
    #[must_use]
    pub fn claim(self, number: &PhoneNumber, organization: &OrgId) -> Option<Claim> {
        let value = match self {
            Self::Off => return None,
            Self::Organization => format!("{} {organization}", number.as_str()),
            Self::Instance => number.as_str().to_owned(),
        };
        Some(Claim {
            kind: ClaimKind::VerifiedPhone,
            value,
        })
    }
}
