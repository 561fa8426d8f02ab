use crate::{EmailAddressError, code::Lock, phone_number::PhoneNumberError};

/// What could not be done to a user who is not there; the peer has an id for each (`contract.md` 3.1, 3.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// A phone method.
    ToPhone,
    /// `GetUserByID`.
    ToRead,
    /// `DeleteUser`.
    ToDelete,
}

/// Why a command is refused. Each variant names the state of affairs; ids, codes and texts are the API's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The caller holds the permission nowhere.
    PermissionDenied,
    /// There is no such user, or none that the caller may know of.
    UserMissing(Missing),
    /// The organisation does not exist.
    OrganizationMissing,
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
    /// The user has this number already.
    PhoneUnchanged,
    /// The user has no phone to remove.
    PhoneMissing,
    /// No code is outstanding that could be sent anew.
    NoCodeOutstanding,
    /// The code is wrong, expired, used, or there is none; nobody is told which.
    CodeInvalid,
    /// Too many consecutive failures.
    TooManyFailures(Lock),
}
