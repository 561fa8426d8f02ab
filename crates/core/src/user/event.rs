use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{IssuedCode, Profile};
use crate::{EmailAddress, OrgId, code::Lock, phone_number::PhoneNumber};

/// What happened to a user, by the peer's names (`contract.md` 3.8).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type")]
pub enum Event {
    /// The user came into being.
    #[serde(rename = "user.human.added")]
    UserAdded {
        /// The owner.
        organization: OrgId,
        /// The unique name.
        username: String,
        /// What people see.
        profile: Profile,
        /// The e-mail address.
        email: EmailAddress,
        /// The phone.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        phone: Option<PhoneNumber>,
        /// When.
        #[serde(with = "time::serde::rfc3339")]
        created_at: OffsetDateTime,
    },
    /// The e-mail address was proven.
    #[serde(rename = "user.human.email.verified")]
    EmailVerified,
    /// A code for the e-mail address was drawn.
    #[serde(rename = "user.human.email.code.added")]
    EmailCodeIssued {
        /// The code.
        code: IssuedCode,
    },
    /// The phone became another; what was proven of the old one is void.
    #[serde(rename = "user.human.phone.changed")]
    PhoneChanged {
        /// The new number.
        phone: PhoneNumber,
    },
    /// A code for the phone was drawn; an earlier one is dead.
    #[serde(rename = "user.human.phone.code.added")]
    CodeIssued {
        /// The code.
        code: IssuedCode,
        /// Whether it was returned in the reply rather than sent.
        returned: bool,
    },
    /// The phone was proven, by a code or by a caller who vouched for it; failures are forgotten.
    #[serde(rename = "user.human.phone.verified")]
    PhoneVerified,
    /// A wrong code was tried.
    #[serde(rename = "user.human.phone.verification.failed")]
    VerificationFailed {
        /// Set once the failures are too many: the code is dead, and no attempt is looked at until then.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        lock: Option<Lock>,
    },
    /// The phone was removed, and its code with it.
    #[serde(rename = "user.human.phone.removed")]
    PhoneRemoved,
    /// The user was deleted.
    #[serde(rename = "user.removed")]
    UserRemoved,
}

impl Event {
    /// The peer's name of the event, which is also stored.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::UserAdded { .. } => "user.human.added",
            Self::EmailVerified => "user.human.email.verified",
            Self::EmailCodeIssued { .. } => "user.human.email.code.added",
            Self::PhoneChanged { .. } => "user.human.phone.changed",
            Self::CodeIssued { .. } => "user.human.phone.code.added",
            Self::PhoneVerified => "user.human.phone.verified",
            Self::VerificationFailed { .. } => "user.human.phone.verification.failed",
            Self::PhoneRemoved => "user.human.phone.removed",
            Self::UserRemoved => "user.removed",
        }
    }
}
