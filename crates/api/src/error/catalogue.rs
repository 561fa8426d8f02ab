//! The lines of the table, and when each happens: what `docs/errors.md` and the `OpenAPI` document are made of.

use std::sync::Arc;

use ringtrue_core::{
    Channel, EmailAddressError, OrganizationNameError,
    code::Lock,
    idempotency::IdempotencyKeyError,
    phone_number::PhoneNumberError,
    port::StoreError,
    user::{Missing, Refusal},
};
use time::{OffsetDateTime, macros::datetime};

use super::{Failure, IdempotencyFailure, Problem, SearchRefusal};
use crate::validate;

/// When the examples happen.
pub(super) const NOON: OffsetDateTime = datetime!(2026-01-01 12:00 UTC);

/// A line of the table, for the reference of REST.
pub(crate) struct Entry {
    /// The error, as it looks.
    pub(crate) problem: Problem,
    /// When it happens.
    pub(crate) when: &'static str,
    /// What it is about.
    pub(crate) scope: Scope,
}

/// What an error is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Who calls, whatever is called.
    Caller,
    /// Methods that change something.
    Write,
    /// A field that cannot be honoured.
    Field,
    /// The methods that its `when` names; if it names none, all.
    Method,
}

impl Entry {
    /// The lines that concern the methods of REST that there are: a `when` that begins with the name of another protocol is
    /// about that protocol alone.
    pub(crate) fn on_rest() -> Vec<Self> {
        let rows = catalogue().into_iter().flat_map(|(_, rows)| rows);
        let elsewhere = |when: &str| when.starts_with("gRPC") || when.starts_with("Connect");
        let concerns = |(failure, when): &(Failure, &str)| {
            !elsewhere(when) && !matches!(failure, Failure::MethodUnimplemented(_))
        };
        rows.filter(concerns)
            .map(|(failure, when)| Self {
                problem: Problem::describe(&failure, NOON),
                scope: match &failure {
                    Failure::TokenMissing | Failure::TokenMalformed | Failure::TokenInvalid => Scope::Caller,
                    Failure::IdempotencyKey(_) | Failure::Contended => Scope::Write,
                    Failure::FieldUnimplemented { .. } => Scope::Field,
                    _ => Scope::Method,
                },
                when,
            })
            .collect()
    }
}

/// Errors, and when they happen.
pub(super) type Rows = Vec<(Failure, &'static str)>;

/// Every line of the table, under its title.
pub(super) fn catalogue() -> [(&'static str, Rows); 8] {
    [
        ("Who calls", callers()),
        ("What is asked", requests()),
        ("Phones and codes", phones()),
        ("E-mail addresses", emails()),
        ("Users", users()),
        ("Organisations", organizations()),
        ("Searches", searches()),
        ("What may pass", passing()),
    ]
}

fn callers() -> Rows {
    vec![
        (Failure::TokenMissing, "no `Authorization`"),
        (
            Failure::TokenMalformed,
            "it is not `Bearer`, one space and a token",
        ),
        (
            Failure::TokenInvalid,
            "the token is unknown, revoked, expired, or meant for another service; nobody is told which",
        ),
        (
            Failure::IssuerUnavailable(Arc::from(Box::from(""))),
            "a token of an issuer that is down, when it takes a key that was not fetched before, or has to be asked for every token",
        ),
        (
            Failure::Refused(Refusal::PermissionDenied),
            "the caller holds the permission nowhere, whether the user exists or not; or for oneself it does not suffice to be the user",
        ),
        (
            Failure::HeaderOrganizationMissing,
            "AddHumanUser without an organisation of its own, and the header names none that exists, or not exactly one",
        ),
    ]
}

fn requests() -> Rows {
    use ringtrue_proto::json::{JsonError, Position};
    let position = Position { line: 1, column: 39 };
    let json = || JsonError::Field {
        at: position,
        reason: "…".to_owned(),
    };
    let phone = "SetPhoneRequest";
    let too_short = validate::runes(phone, "Phone", "", (1, 200)).err();
    let mut rows = vec![
        (
            Failure::RestBody(json()),
            "REST: the body is not the request's JSON",
        ),
        (
            Failure::ConnectBody {
                package: "user",
                message: phone,
                source: json(),
            },
            "Connect: the same",
        ),
        (
            Failure::Protobuf,
            "gRPC, gRPC-Web and Connect: the body is not the request's protobuf",
        ),
        (Failure::PathNotText, "REST: an id with escapes such as `%FF`"),
        (Failure::BodyBroken, "the body ended early"),
        (
            Failure::BadHeader("connect-protocol-version must be \"1\"".into()),
            "a header of the protocol has a value that it must not have",
        ),
        (
            Failure::RestCoding,
            "REST: a `Content-Encoding` other than `gzip` and `identity`",
        ),
        (
            Failure::MessageCoding,
            "Connect: the same; gRPC and gRPC-Web: `grpc-encoding`",
        ),
        (
            Failure::NotGzip,
            "the body does not decompress; one that becomes too large is too large",
        ),
        (
            Failure::IdempotencyKey(IdempotencyFailure::Missing),
            "a write without `Idempotency-Key`, and `idempotency.required` is set",
        ),
        (
            Failure::IdempotencyKey(IdempotencyFailure::Malformed(IdempotencyKeyError::Quoted)),
            "the header is no key; the text after the colon says what one is",
        ),
        (
            Failure::IdempotencyKey(IdempotencyFailure::Twice),
            "two headers, of which one would be dropped",
        ),
        (
            Failure::IdempotencyKey(IdempotencyFailure::Reused),
            "the key came with an earlier call of the same caller and method that asked for something else",
        ),
        (
            Failure::BodyTooLarge(65_536),
            "the body is larger than the server takes",
        ),
        (
            Failure::MethodUnknown,
            "gRPC and gRPC-Web: a service that is not ours; Connect too: what cannot be a method's name",
        ),
        (
            Failure::MethodUnimplemented("RegisterU2F".to_owned()),
            "any method that Ringtrue does not have; on REST any of ZITADEL's",
        ),
        (
            Failure::FieldUnimplemented {
                message: "AddHumanUserRequest",
                field: "password".to_owned(),
                instead: "leave it out",
            },
            "a field that cannot be honoured is never dropped silently",
        ),
    ];
    if let Some(invalid) = too_short {
        let row = (
            Failure::Invalid(invalid),
            "the first field that breaks a rule, in the order of the fields",
        );
        rows.insert(5, row);
    }
    rows
}

fn phones() -> Rows {
    let refused = Failure::Refused;
    vec![
        (
            refused(Refusal::UserMissing(Missing::ToPhone)),
            "SetPhone, ResendPhoneCode, VerifyPhone and RemovePhone: the user does not exist, or is outside the organisations in which the caller may act",
        ),
        (
            refused(Refusal::PhoneUnusable(PhoneNumberError::Empty)),
            "SetPhone: the number is white space",
        ),
        (
            refused(Refusal::PhoneUnusable(PhoneNumberError::CountryMissing)),
            "SetPhone, AddHumanUser, CreateUser, UpdateUser, UpdateHumanUser: a number cannot be used; the text after the colon says why",
        ),
        (
            refused(Refusal::Unchanged(Channel::Phone)),
            "SetPhone with the user's number",
        ),
        (
            refused(Refusal::PhoneTaken),
            "with `phone.unique_verified`: VerifyPhone, SetPhone, AddHumanUser, CreateUser, UpdateUser, UpdateHumanUser would verify a number that another user has verified",
        ),
        (
            refused(Refusal::UserLocked),
            "SetPhone, ResendPhoneCode, UpdateUser, UpdateHumanUser would send a code to a user who is locked",
        ),
        (
            refused(Refusal::UserInactive),
            "SetPhone, ResendPhoneCode, UpdateUser, UpdateHumanUser would send a code to a user who is inactive",
        ),
        (
            refused(Refusal::NoCodeOutstanding(Channel::Phone)),
            "ResendPhoneCode for a verified number, or without a number",
        ),
        (
            refused(Refusal::CodeInvalid(Channel::Phone)),
            "VerifyPhone with anything but the live code",
        ),
        (
            refused(Refusal::TooManyFailures(Lock::Until(
                datetime!(2026-01-01 12:00:30 UTC),
            ))),
            "VerifyPhone and VerifyEmail: no code is looked at until then; SetPhone, ResendPhoneCode, SetEmail, ResendEmailCode, UpdateUser, UpdateHumanUser: a code drawn now would expire before then",
        ),
        (
            refused(Refusal::TooManyFailures(Lock::UntilReset)),
            "VerifyPhone, VerifyEmail, SetPhone, ResendPhoneCode, SetEmail, ResendEmailCode, UpdateUser, UpdateHumanUser: a hundred wrong codes in a row, for whatever they were tried",
        ),
        (refused(Refusal::PhoneMissing), "RemovePhone without a number"),
        (
            Failure::RemovalVerified,
            "UpdateUser with an empty number, which removes it, and a member of `verification`",
        ),
    ]
}

fn emails() -> Rows {
    let refused = Failure::Refused;
    vec![
        (
            refused(Refusal::UserMissing(Missing::ToEmail)),
            "SetEmail, ResendEmailCode, VerifyEmail: the user does not exist, or is outside the organisations in which the caller may act",
        ),
        (
            refused(Refusal::Unchanged(Channel::Email)),
            "SetEmail with the user's address",
        ),
        (
            refused(Refusal::NoCodeOutstanding(Channel::Email)),
            "ResendEmailCode without an outstanding code",
        ),
        (
            refused(Refusal::CodeInvalid(Channel::Email)),
            "VerifyEmail with anything but the live code",
        ),
    ]
}

fn searches() -> Rows {
    let refused = Failure::SearchRefused;
    vec![
        (
            refused(SearchRefusal::Empty),
            "ListUsers: a `notQuery` without a query",
        ),
        (
            refused(SearchRefusal::NestedTooDeeply),
            "ListUsers: more than 20 of and, or and not around a condition",
        ),
        (refused(SearchRefusal::TooManyConditions), "ListUsers"),
        (
            refused(SearchRefusal::LimitTooLarge),
            "ListUsers, ListOrganizations",
        ),
        (
            refused(SearchRefusal::TooCostly),
            "ListUsers: no index helps, and the database gave up after its time or work was used up; the same search fails again",
        ),
    ]
}

fn users() -> Rows {
    let refused = Failure::Refused;
    let missing = |missing| refused(Refusal::UserMissing(missing));
    let writing = "AddHumanUser, CreateUser, UpdateUser, UpdateHumanUser";
    vec![
        (missing(Missing::ToRead), "GetUserByID"),
        (missing(Missing::ToDelete), "DeleteUser"),
        (missing(Missing::ToUpdate), "UpdateUser, UpdateHumanUser"),
        (missing(Missing::ToDeactivate), "DeactivateUser"),
        (missing(Missing::ToReactivate), "ReactivateUser"),
        (missing(Missing::ToLock), "LockUser"),
        (missing(Missing::ToUnlock), "UnlockUser"),
        (refused(Refusal::AlreadyInactive), "DeactivateUser"),
        (refused(Refusal::NotInactive), "ReactivateUser"),
        (refused(Refusal::NotActive), "LockUser"),
        (refused(Refusal::NotLocked), "UnlockUser"),
        (refused(Refusal::OrganizationMissing), "AddHumanUser, CreateUser"),
        (refused(Refusal::UserExists), "AddHumanUser, CreateUser"),
        (refused(Refusal::UsernameTaken), writing),
        (refused(Refusal::EmailUnusable(EmailAddressError::Empty)), writing),
        (
            refused(Refusal::EmailUnusable(EmailAddressError::Malformed)),
            writing,
        ),
        (refused(Refusal::GivenNameEmpty), writing),
        (refused(Refusal::FamilyNameEmpty), writing),
    ]
}

fn organizations() -> Rows {
    let refused = Failure::Refused;
    vec![
        (refused(Refusal::OrganizationExists), "AddOrganization"),
        (
            refused(Refusal::OrganizationNameUnusable(OrganizationNameError)),
            "AddOrganization",
        ),
    ]
}

fn passing() -> Rows {
    vec![
        (
            Failure::IdempotencyKey(IdempotencyFailure::InFlight),
            "a write whose `Idempotency-Key` came with an earlier call that has not been answered yet",
        ),
        (Failure::Contended, "many calls change one user at the same time"),
        (
            Failure::TimedOut,
            "the server's limit, or the caller's `grpc-timeout` or `connect-timeout-ms`, has passed",
        ),
        (
            Failure::Store(StoreError::Unavailable("".into())),
            "the database does not answer",
        ),
        (
            Failure::Store(StoreError::Overloaded),
            "the database has a full queue",
        ),
        (
            Failure::Store(StoreError::Rejected("".into())),
            "a defect, or a database that another program wrote to; the log has the cause",
        ),
        (Failure::Panicked, "a defect; the log has the cause"),
    ]
}
