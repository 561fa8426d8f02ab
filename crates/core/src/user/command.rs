use super::{Missing, NewUser, UserChanges};
use crate::{
    Channel, EmailAddress, EmailAddressError,
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
    pub(super) const fn oneself(self) -> Oneself {
        match self {
            Self::ByCode(Delivery::Send) => Oneself::Suffices,
            Self::ByCode(Delivery::Return) | Self::Vouched => Oneself::NeedsPermission,
        }
    }
}

/// How an e-mail address is to be proven. Codes for it are not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EmailVerification {
    /// Not now.
    Unverified,
    /// By a code in the reply.
    ReturnCode,
    /// Not at all: the caller vouches for it.
    Vouched,
}

impl EmailVerification {
    /// The same in the words that phones use; nothing where nothing is to be proven.
    pub(super) const fn verification(self) -> Option<Verification> {
        match self {
            Self::Unverified => None,
            Self::ReturnCode => Some(Verification::ByCode(Delivery::Return)),
            Self::Vouched => Some(Verification::Vouched),
        }
    }

    /// R-Z1, as for phones.
    pub(super) const fn oneself(self) -> Oneself {
        match self.verification() {
            None => Oneself::Suffices,
            Some(verification) => verification.oneself(),
        }
    }
}

/// What may be asked of a user.
#[derive(Debug, Clone)]
pub enum Command {
    /// Come into being.
    Create(Box<NewUser>),
    /// Cease, with everything that is kept.
    Delete,
    /// Be out of use, until reactivated.
    Deactivate,
    /// Be in use again.
    Reactivate,
    /// Be locked, until unlocked.
    Lock,
    /// Be locked no more.
    Unlock,
    /// Be changed in several respects at once, or in none if one of them is refused.
    Update(Box<UserChanges>),
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
    /// Have this e-mail address, or learn what was wrong with it, once permission is clear.
    SetEmail {
        /// The address as parsed.
        address: Result<EmailAddress, EmailAddressError>,
        /// How it is to be proven.
        verification: EmailVerification,
    },
    /// Have a new code for the e-mail address that is there, in the reply.
    ResendEmailCode,
    /// Prove the e-mail address by a code.
    VerifyEmail {
        /// What was typed.
        code: Code,
    },
}

impl Command {
    /// What the caller must be allowed to do (`contract.md` 3.3, except that verifying needs it too).
    #[must_use]
    pub fn requirement(&self) -> Requirement {
        let (permission, oneself) = match self {
            Self::Create(_) | Self::Deactivate | Self::Reactivate | Self::Lock | Self::Unlock => {
                (Permission::UserWrite, Oneself::NeedsPermission)
            }
            Self::Delete => (Permission::UserDelete, Oneself::NeedsPermission),
            Self::Update(changes) => (Permission::UserWrite, changes.oneself()),
            Self::SetPhone { verification, .. } => (Permission::UserWrite, verification.oneself()),
            Self::ResendCode { delivery } => {
                (Permission::UserWrite, Verification::ByCode(*delivery).oneself())
            }
            Self::SetEmail { verification, .. } => (Permission::UserWrite, verification.oneself()),
            Self::ResendEmailCode => (Permission::UserWrite, EmailVerification::ReturnCode.oneself()),
            Self::VerifyPhone { .. } | Self::RemovePhone | Self::VerifyEmail { .. } => {
                (Permission::UserWrite, Oneself::Suffices)
            }
        };
        Requirement { permission, oneself }
    }

    /// How it is put that the user is not there, or not for this caller.
    #[must_use]
    pub const fn missing(&self) -> Missing {
        match self {
            Self::Delete => Missing::ToDelete,
            Self::Deactivate => Missing::ToDeactivate,
            Self::Reactivate => Missing::ToReactivate,
            Self::Lock => Missing::ToLock,
            Self::Unlock => Missing::ToUnlock,
            // Creating never misses a user.
            Self::Create(_) | Self::Update(_) => Missing::ToUpdate,
            Self::SetPhone { .. }
            | Self::ResendCode { .. }
            | Self::VerifyPhone { .. }
            | Self::RemovePhone => Missing::ToPhone,
            Self::SetEmail { .. } | Self::ResendEmailCode | Self::VerifyEmail { .. } => Missing::ToEmail,
        }
    }

    /// Whether a code for this channel may have to be drawn.
    #[must_use]
    pub fn may_issue_code(&self, channel: Channel) -> bool {
        match self {
            Self::Create(_) => true,
            Self::Update(changes) => match channel {
                Channel::Phone => changes.phone.is_some(),
                Channel::Email => changes.email.is_some(),
            },
            Self::SetPhone { .. } | Self::ResendCode { .. } => channel == Channel::Phone,
            Self::SetEmail { .. } | Self::ResendEmailCode => channel == Channel::Email,
            Self::Delete
            | Self::Deactivate
            | Self::Reactivate
            | Self::Lock
            | Self::Unlock
            | Self::VerifyPhone { .. }
            | Self::RemovePhone
            | Self::VerifyEmail { .. } => false,
        }
    }
}
