use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{Delivery, IssuedCode, Profile};
use crate::{Channel, EmailAddress, OrgId, code::Lock, phone_number::PhoneNumber};

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
    /// The unique name became another.
    #[serde(rename = "user.username.changed")]
    UsernameChanged {
        /// The new name.
        username: String,
    },
    /// What people see became this.
    #[serde(rename = "user.human.profile.changed")]
    ProfileChanged {
        /// The new profile, whole.
        profile: Profile,
    },
    /// The e-mail address became another; what was proven of the old one is void.
    #[serde(rename = "user.human.email.changed")]
    EmailChanged {
        /// The new address.
        email: EmailAddress,
    },
    /// The e-mail address was proven, by a code or by a caller who vouched for it; its failures are forgotten.
    #[serde(rename = "user.human.email.verified")]
    EmailVerified,
    /// A code for the e-mail address was drawn, and returned in the reply; an earlier one is dead.
    #[serde(rename = "user.human.email.code.added")]
    EmailCodeIssued {
        /// The code.
        code: IssuedCode,
    },
    /// A wrong code was tried on the e-mail address.
    #[serde(rename = "user.human.email.verification.failed")]
    EmailVerificationFailed {
        /// As for phones.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        lock: Option<Lock>,
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
    /// The phone was proven, by a code or by a caller who vouched for it; its failures are forgotten.
    #[serde(rename = "user.human.phone.verified")]
    PhoneVerified,
    /// A wrong code was tried on the phone.
    #[serde(rename = "user.human.phone.verification.failed")]
    VerificationFailed {
        /// Set once the failures are too many: the code is dead, and no attempt is looked at until then.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        lock: Option<Lock>,
    },
    /// The phone was removed, and its code with it.
    #[serde(rename = "user.human.phone.removed")]
    PhoneRemoved,
    /// The user was locked.
    #[serde(rename = "user.locked")]
    UserLocked,
    /// The user was unlocked.
    #[serde(rename = "user.unlocked")]
    UserUnlocked,
    /// The user was deactivated.
    #[serde(rename = "user.deactivated")]
    UserDeactivated,
    /// The user was reactivated.
    #[serde(rename = "user.reactivated")]
    UserReactivated,
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
            Self::UsernameChanged { .. } => "user.username.changed",
            Self::ProfileChanged { .. } => "user.human.profile.changed",
            Self::EmailChanged { .. } => "user.human.email.changed",
            Self::EmailVerified => "user.human.email.verified",
            Self::EmailCodeIssued { .. } => "user.human.email.code.added",
            Self::EmailVerificationFailed { .. } => "user.human.email.verification.failed",
            Self::PhoneChanged { .. } => "user.human.phone.changed",
            Self::CodeIssued { .. } => "user.human.phone.code.added",
            Self::PhoneVerified => "user.human.phone.verified",
            Self::VerificationFailed { .. } => "user.human.phone.verification.failed",
            Self::PhoneRemoved => "user.human.phone.removed",
            Self::UserLocked => "user.locked",
            Self::UserUnlocked => "user.unlocked",
            Self::UserDeactivated => "user.deactivated",
            Self::UserReactivated => "user.reactivated",
            Self::UserRemoved => "user.removed",
        }
    }

    /// That the address on this channel was proven.
    pub(super) const fn verified(channel: Channel) -> Self {
        match channel {
            Channel::Phone => Self::PhoneVerified,
            Channel::Email => Self::EmailVerified,
        }
    }

    /// That a code for this channel was drawn.
    pub(super) const fn code_issued(channel: Channel, code: IssuedCode, delivery: Delivery) -> Self {
        match channel {
            Channel::Phone => Self::CodeIssued {
                code,
                returned: matches!(delivery, Delivery::Return),
            },
            Channel::Email => Self::EmailCodeIssued { code },
        }
    }

    /// That a wrong code was tried on this channel.
    pub(super) const fn verification_failed(channel: Channel, lock: Option<Lock>) -> Self {
        match channel {
            Channel::Phone => Self::VerificationFailed { lock },
            Channel::Email => Self::EmailVerificationFailed { lock },
        }
    }
}
