use super::{Missing, Profile};
use crate::{
    EmailAddress, OrgId,
    access::{Oneself, Permission, Requirement},
    code::Code,
    phone_number::{PhoneNumber, PhoneNumberError},
};

/// How a code reaches whoever types it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// By SMS.
    Send,
    /// In the reply, to a caller who may read codes.
    Return,
}

/// How a number is to be proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verification {
    /// By a code.
    ByCode(Delivery),
    /// Not at all: the caller vouches for it.
    Vouched,
}

impl Verification {
    /// R-Z1: vouching, and reading a code, take `user.write` for oneself too; having a code sent does not.
    const fn oneself(self) -> Oneself {
        match self {
            Self::ByCode(Delivery::Send) => Oneself::Suffices,
            Self::ByCode(Delivery::Return) | Self::Vouched => Oneself::NeedsPermission,
        }
    }
}

/// How a new user's e-mail address is to be proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EmailVerification {
    /// Not now.
    Unverified,
    /// By a code in the reply.
    ReturnCode,
    /// Not at all: the caller vouches for it.
    Vouched,
}

/// A user to be created.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// The organisation to own the user.
    pub organization: OrgId,
    /// The unique name.
    pub username: String,
    /// What people see.
    pub profile: Profile,
    /// The e-mail address.
    pub email: EmailAddress,
    /// How it is to be proven.
    pub email_verification: EmailVerification,
    /// The phone, if there is one, and how it is to be proven.
    pub phone: Option<(PhoneNumber, Verification)>,
}

/// What may be asked of a user.
#[derive(Debug, Clone)]
pub enum Command {
    /// Come into being.
    Create(Box<NewUser>),
    /// Cease, with everything that is kept.
    Delete,
    /// Have this number, or learn what was wrong with it, once permission is clear.
    SetPhone {
        /// The number as parsed.
        number: Result<PhoneNumber, PhoneNumberError>,
        /// How it is to be proven.
        verification: Verification,
    },
    /// Have a new code for the number that is there.
    ResendCode {
        /// How it goes out.
        delivery: Delivery,
    },
    /// Prove the number by a code.
    VerifyPhone {
        /// What was typed.
        code: Code,
    },
    /// Have no number.
    RemovePhone,
}

impl Command {
    /// What the caller must be allowed to do (`contract.md` 3.3, except that verifying needs it too).
    #[must_use]
    pub const fn requirement(&self) -> Requirement {
        let (permission, oneself) = match self {
            Self::Create(_) => (Permission::UserWrite, Oneself::NeedsPermission),
            Self::Delete => (Permission::UserDelete, Oneself::NeedsPermission),
            Self::SetPhone { verification, .. } => (Permission::UserWrite, verification.oneself()),
            Self::ResendCode { delivery } => {
                (Permission::UserWrite, Verification::ByCode(*delivery).oneself())
            }
            Self::VerifyPhone { .. } | Self::RemovePhone => (Permission::UserWrite, Oneself::Suffices),
        };
        Requirement { permission, oneself }
    }

    /// How it is put that the user is not there, or not for this caller.
    #[must_use]
    pub const fn missing(&self) -> Missing {
        match self {
            Self::Delete => Missing::ToDelete,
            _ => Missing::ToPhone,
        }
    }

    /// Whether a code may have to be drawn.
    #[must_use]
    pub const fn may_issue_codes(&self) -> bool {
        matches!(
            self,
            Self::Create(_) | Self::SetPhone { .. } | Self::ResendCode { .. }
        )
    }
}
