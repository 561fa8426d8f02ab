use serde::{Deserialize, Serialize};

use crate::{Channel, EmailAddressError, OrganizationNameError, code::Lock, phone_number::PhoneNumberError};

/// What could not be done to a user who is not there; the peer has an id for each (`contract.md` 3.1, 3.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Missing {
    /// A phone method.
    ToPhone,
    /// `GetUserByID`.
    ToRead,
    /// `DeleteUser`.
    ToDelete,
    /// `DeactivateUser`.
    ToDeactivate,
    /// `ReactivateUser`.
    ToReactivate,
    /// `LockUser`.
    ToLock,
    /// `UnlockUser`.
    ToUnlock,
    /// `UpdateUser` and `UpdateHumanUser`.
    ToUpdate,
    /// An e-mail method.
    ToEmail,
}

/// Why a command is refused. Each variant names the state of affairs; ids, codes and texts are the API's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Refusal {
    /// The caller holds the permission nowhere.
    PermissionDenied,
    /// There is no such user, or none that the caller may know of.
    UserMissing(Missing),
    /// The organisation does not exist.
    OrganizationMissing,
    /// The id belongs to another organisation.
    OrganizationExists,
    /// The name of an organisation cannot be used.
    OrganizationNameUnusable(OrganizationNameError),
    /// The id belongs to another user.
    UserExists,
    /// The username belongs to another user.
    UsernameTaken,
    /// The e-mail address cannot be used.
    EmailUnusable(EmailAddressError),
    /// The first name is blank.
    GivenNameEmpty,
    /// The last name is blank.
    FamilyNameEmpty,
    /// The number cannot be used.
    PhoneUnusable(PhoneNumberError),
    /// The user has this number, or e-mail address, already.
    Unchanged(Channel),
    /// The user has no phone to remove.
    PhoneMissing,
    /// No code is outstanding that could be drawn anew.
    NoCodeOutstanding(Channel),
    /// The code is wrong, expired, used, or there is none; nobody is told which.
    CodeInvalid(Channel),
    /// Another user has verified this number, and the rule is that only one may.
    PhoneTaken,
    /// The user is locked, and nothing is sent to them.
    UserLocked,
    /// The user is inactive, and nothing is sent to them.
    UserInactive,
    /// `DeactivateUser` of one who is inactive.
    AlreadyInactive,
    /// `ReactivateUser` of one who is not inactive.
    NotInactive,
    /// `LockUser` of one who is not active.
    NotActive,
    /// `UnlockUser` of one who is not locked.
    NotLocked,
    /// Too many consecutive failures.
    TooManyFailures(Lock),
}

impl Refusal {
    /// Whether it is kept as the answer of the call. What passes by itself is not, and neither is a lack of permission, which
    /// is about the caller and not about the call. A user who is missing may be one whom the caller may not know of, and
    /// nobody is to find out by what is kept which of the two it was.
    #[must_use]
    pub const fn is_final(&self) -> bool {
        match self {
            Self::PermissionDenied | Self::UserMissing(_) | Self::TooManyFailures(Lock::Until(_)) => false,
            Self::OrganizationMissing
            | Self::OrganizationExists
            | Self::OrganizationNameUnusable(_)
            | Self::UserExists
            | Self::UsernameTaken
            | Self::EmailUnusable(_)
            | Self::GivenNameEmpty
            | Self::FamilyNameEmpty
            | Self::PhoneUnusable(_)
            | Self::Unchanged(_)
            | Self::PhoneMissing
            | Self::NoCodeOutstanding(_)
            | Self::CodeInvalid(_)
            | Self::PhoneTaken
            | Self::UserLocked
            | Self::UserInactive
            | Self::AlreadyInactive
            | Self::NotInactive
            | Self::NotActive
            | Self::NotLocked
            | Self::TooManyFailures(_) => true,
        }
    }
}
