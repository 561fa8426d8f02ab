//! The part of the table that is about the rules.

use ringtrue_core::{
    Channel, EmailAddressError,
    code::Lock,
    phone_number::PhoneNumberError,
    user::{Missing, Refusal},
};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use tonic::Code::{
    AlreadyExists, FailedPrecondition, InvalidArgument, NotFound, PermissionDenied, ResourceExhausted,
};

use super::failure::Line;

pub(super) fn refused(refusal: &Refusal) -> Line {
    match refusal {
        Refusal::PermissionDenied => Line::new(
            PermissionDenied,
            "AUTH-AWfge",
            "No matching permissions found: the caller holds no role that allows this here",
        ),
        Refusal::UserMissing(missing) => user_missing(*missing),
        Refusal::OrganizationMissing => Line::new(
            FailedPrecondition,
            "COMMAND-QXPGs",
            "Organisation doesn't exist: name one that does",
        ),
        Refusal::OrganizationExists => Line::new(
            AlreadyExists,
            "RINGTRUE-OrganizationExists",
            "Organisation already exists: the id belongs to another one; choose another, or none to have one drawn",
        ),
        Refusal::OrganizationNameUnusable(error) => Line::new(
            InvalidArgument,
            "ORG-mruNY",
            format!("Errors.Invalid.Argument: the name of an organisation {error}"),
        ),
        Refusal::UserExists => Line::new(
            FailedPrecondition,
            "COMMAND-7yiox1isql",
            "Errors.User.AlreadyExisting: the id belongs to another user; choose another, or none to have one drawn",
        ),
        Refusal::UsernameTaken => Line::new(
            AlreadyExists,
            "V3-DKcYh",
            "User already exists: the username belongs to another user",
        ),
        Refusal::GivenNameEmpty => Line::new(
            InvalidArgument,
            "USER-UCej2",
            "First name in profile is empty: it needs a character that is not white space",
        ),
        Refusal::FamilyNameEmpty => Line::new(
            InvalidArgument,
            "USER-4hB7d",
            "Last name in profile is empty: it needs a character that is not white space",
        ),
        Refusal::EmailUnusable(error) => email_unusable(error),
        Refusal::PhoneUnusable(error) => phone_unusable(*error),
        Refusal::Unchanged(channel) => unchanged(*channel),
        Refusal::PhoneMissing => Line::new(
            FailedPrecondition,
            "COMMAND-ieJ2e",
            "Phone not found: the user has no number to remove",
        ),
        Refusal::PhoneTaken => Line::new(
            AlreadyExists,
            "RINGTRUE-PhoneTaken",
            "Phone already verified: another user has verified this number, and here only one may; set another number",
        ),
        Refusal::NoCodeOutstanding(channel) => no_code_outstanding(*channel),
        Refusal::CodeInvalid(channel) => code_invalid(*channel),
        Refusal::TooManyFailures(lock) => too_many_failures(*lock),
        Refusal::UserLocked => Line::new(
            FailedPrecondition,
            "RINGTRUE-UserLocked",
            "User is locked: nothing is sent to them; call UnlockUser, or ask for the code in the reply",
        ),
        Refusal::UserInactive => Line::new(
            FailedPrecondition,
            "RINGTRUE-UserInactive",
            "User is inactive: nothing is sent to them; call ReactivateUser, or ask for the code in the reply",
        ),
        Refusal::AlreadyInactive => Line::new(
            FailedPrecondition,
            "COMMAND-5gunjw0cd7",
            "User already inactive: ReactivateUser ends that",
        ),
        Refusal::NotInactive => Line::new(
            FailedPrecondition,
            "COMMAND-s5qqcz97hf",
            "User is not inactive: only one who is can be reactivated; UnlockUser is for one who is locked",
        ),
        Refusal::NotActive => Line::new(
            FailedPrecondition,
            "COMMAND-lgws8wtsqf",
            "User is not active or initial: one who is inactive or locked cannot be locked",
        ),
        Refusal::NotLocked => Line::new(
            FailedPrecondition,
            "COMMAND-olb9vb0oca",
            "User is not locked: only one who is can be unlocked; ReactivateUser is for one who is inactive",
        ),
    }
}

fn user_missing(missing: Missing) -> Line {
    let user = "User could not be found: there is none of this id, or the caller may not know of them";
    let (id, text) = match missing {
        Missing::ToPhone => (
            "COMMAND-ieJ2e",
            "Phone not found: there is no such user, or the caller may not know of them",
        ),
        Missing::ToEmail => (
            "COMMAND-ieJ2e",
            "Email not found: there is no such user, or the caller may not know of them",
        ),
        Missing::ToRead => ("QUERY-Dfbg2", user),
        Missing::ToDelete => ("COMMAND-bd4ir1mblj", user),
        Missing::ToUpdate => ("COMMAND-ugjs0upun6", user),
        Missing::ToDeactivate => ("COMMAND-5gp2p62iin", user),
        Missing::ToReactivate => ("COMMAND-9hy5kzbuk6", user),
        Missing::ToLock => ("COMMAND-450yxuqrh1", user),
        Missing::ToUnlock => ("COMMAND-x377t913pw", user),
    };
    Line::new(NotFound, id, text)
}

fn email_unusable(error: &EmailAddressError) -> Line {
    match error {
        EmailAddressError::Empty => Line::new(
            InvalidArgument,
            "EMAIL-spblu",
            "Email is empty: write local@domain",
        ),
        EmailAddressError::Malformed => Line::new(
            InvalidArgument,
            "EMAIL-599BI",
            format!("Email is invalid: {error}"),
        ),
    }
}

fn phone_unusable(error: PhoneNumberError) -> Line {
    match error {
        PhoneNumberError::Empty => {
            Line::new(InvalidArgument, "PHONE-Zt0NV", format!("Phone is empty: {error}"))
        }
        _ => Line::new(
            InvalidArgument,
            "PHONE-so0wa",
            format!("Phone is invalid: {error}"),
        ),
    }
}

fn unchanged(channel: Channel) -> Line {
    let text = match channel {
        Channel::Phone => {
            "Phone not changed: the user has this number already; to send its code again call ResendPhoneCode"
        }
        Channel::Email => {
            "Email not changed: the user has this address already; to have its code again call ResendEmailCode"
        }
    };
    Line::new(FailedPrecondition, "COMMAND-Uch5e", text)
}

fn no_code_outstanding(channel: Channel) -> Line {
    let (id, text) = match channel {
        Channel::Phone => (
            "PHONE-5xrra88eq8",
            "Code is empty: no code is outstanding; SetPhone draws one for a new number",
        ),
        Channel::Email => (
            "EMAIL-5w5ilin4yt",
            "Code is empty: no code is outstanding; SetEmail draws one for a new address",
        ),
    };
    Line::new(FailedPrecondition, id, text)
}

fn code_invalid(channel: Channel) -> Line {
    let text = match channel {
        Channel::Phone => {
            "Code is invalid: it is wrong, used, expired or was never drawn; ResendPhoneCode draws another"
        }
        Channel::Email => {
            "Code is invalid: it is wrong, used, expired or was never drawn; ResendEmailCode draws another"
        }
    };
    Line::new(InvalidArgument, "COMMAND-eis9R", text)
}

/// What was tried on is dead, whether or not another code has been drawn since: to ask for one twice costs an SMS.
fn too_many_failures(lock: Lock) -> Line {
    match lock {
        Lock::Until(end) => Line::new(
            ResourceExhausted,
            "RINGTRUE-TooManyFailures",
            format!(
                "Too many wrong codes in a row: they killed the code; ask ResendPhoneCode, or for e-mail \
                 ResendEmailCode, for another, unless you have, and try again at {}",
                instant(end)
            ),
        ),
        Lock::UntilReset => Line::new(
            ResourceExhausted,
            "RINGTRUE-TooManyFailuresForGood",
            "Too many wrong codes in a row: waiting does not help; a caller with user.write can set a number as verified",
        ),
    }
}

/// An instant in RFC 3339, rounded up to whole seconds, so that whoever waits for it does not come early.
fn instant(at: OffsetDateTime) -> String {
    let whole = at.replace_nanosecond(0).unwrap_or(at);
    let up = if whole < at {
        whole + time::Duration::SECOND
    } else {
        whole
    };
    up.format(&Rfc3339).unwrap_or_default()
}
