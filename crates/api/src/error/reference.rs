//! The table as a page: `docs/errors.md`.

use std::{fmt::Write as _, sync::Arc};

use ringtrue_core::{
    Channel, EmailAddressError, OrganizationNameError,
    code::Lock,
    idempotency::IdempotencyKeyError,
    phone_number::PhoneNumberError,
    port::StoreError,
    user::{Missing, Refusal},
};
use time::{OffsetDateTime, macros::datetime};

use super::{Failure, KeyFailure, Problem, SearchRefusal};
use crate::{connect, validate};

const NOON: OffsetDateTime = datetime!(2026-01-01 12:00 UTC);

const HEAD: &str = "# Errors

This page is generated from the one error table that all protocols share; a test holds it to the code.

A client tells refusals apart by their **id**, which stays; by the code where there is no id. The words up to the first
colon stay too. What follows the colon says what would be right, and may get better.

";

const SHAPES: &str = "
## How an error looks

The message is the text, and the id in parentheses where there is one. Only errors with an id have a
`zitadel.v1.ErrorDetail`. An error that waiting can help has a `google.rpc.RetryInfo` besides, and says the same
seconds in `Retry-After` (on gRPC: in the metadata `retry-after`). A 401 says its message in `WWW-Authenticate`.

";

const TRANSPORT: &str = "
## Before a method is found

| what | REST | gRPC and gRPC-Web | Connect |
| --- | --- | --- | --- |
| no such path, service, or name of a method | 404 `{\"code\":5,\"message\":\"Not Found\"}` | 12 UNIMPLEMENTED | 404 `unimplemented` |
| wrong verb | 405 `{\"code\":12,\"message\":\"Method Not Allowed\"}`, `Allow` | 405, `Allow: POST` | 405, `Allow: POST` |
| wrong content type | any is taken for JSON | 415, `Accept-Post` | 415, `Accept-Post` |
| gRPC over HTTP/1.1 | | 505 | |
| request line and headers too large | 431 | 431 | 431 |
";

/// What an operator or a client author finds under `docs/errors.md`.
#[must_use]
pub fn errors_reference() -> String {
    let mut page = HEAD.to_owned();
    // Writing to a String cannot fail.
    for (title, rows) in catalogue() {
        let _ = write!(
            page,
            "## {title}\n\n| id | gRPC | HTTP | text | when |\n| --- | --- | --- | --- | --- |\n"
        );
        for (failure, when) in rows {
            let line = failure.line();
            let problem = Problem::describe(&failure, NOON);
            let id = if line.id.is_empty() {
                String::new()
            } else {
                format!("`{}`", line.id)
            };
            let (code, name) = (problem.code as i32, format!("{:?}", problem.code));
            let text = line.text.replace('|', "\\|");
            let _ = writeln!(
                page,
                "| {id} | {code} {name} | {} | {text} | {when} |",
                problem.http.as_u16()
            );
        }
        page.push('\n');
    }
    page.truncate(page.trim_end().len());
    page.push('\n');
    page.push_str(TRANSPORT);
    page.push_str(SHAPES);
    let example = Example::new();
    let _ = write!(
        page,
        "REST, HTTP {status}:\n\n```json\n{rest}\n```\n\nConnect, HTTP {status}:\n\n```json\n{connect}\n```\n\n\
         gRPC and gRPC-Web, in the trailers, or in the headers when nothing else is sent. `grpc-status-details-bin` is\n\
         the `google.rpc.Status` that holds the details, in base64.\n\n```text\n{grpc}\n```\n",
        status = example.problem.http.as_u16(),
        rest = example.rest(),
        connect = example.connect(),
        grpc = example.grpc(),
    );
    page
}

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
    /// A method that is not implemented.
    Unimplemented,
    /// A field that cannot be honoured.
    Field,
    /// The methods that its `when` names; if it names none, all.
    Method,
}

impl Entry {
    /// The lines that concern REST: a `when` that begins with the name of another protocol is about that protocol alone.
    pub(crate) fn on_rest() -> Vec<Self> {
        let rows = catalogue().into_iter().flat_map(|(_, rows)| rows);
        let elsewhere = |when: &str| when.starts_with("gRPC") || when.starts_with("Connect");
        rows.filter(|(_, when)| !elsewhere(when))
            .map(|(failure, when)| Self {
                problem: Problem::describe(&failure, NOON),
                scope: match &failure {
                    Failure::TokenMissing | Failure::TokenMalformed | Failure::TokenInvalid => Scope::Caller,
                    Failure::MethodUnimplemented(_) => Scope::Unimplemented,
                    Failure::FieldUnimplemented { .. } => Scope::Field,
                    _ => Scope::Method,
                },
                when,
            })
            .collect()
    }
}

/// One error in every protocol's shape, written for people; a test holds it to what is really sent.
struct Example {
    problem: Problem,
    message: String,
}

impl Example {
    fn new() -> Self {
        let problem = Problem::describe(&Failure::Refused(Refusal::Unchanged(Channel::Phone)), NOON);
        let message = problem.message();
        Self { problem, message }
    }

    fn rest(&self) -> String {
        let (Problem { id, text, .. }, message) = (&self.problem, &self.message);
        format!(
            r#"{{
  "code": {code},
  "message": "{message}",
  "details": [
    {{
      "@type": "type.googleapis.com/zitadel.v1.ErrorDetail",
      "id": "{id}",
      "message": "{text}"
    }}
  ]
}}"#,
            code = self.problem.code as i32
        )
    }

    fn connect(&self) -> String {
        let (Problem { id, text, .. }, message) = (&self.problem, &self.message);
        let body = connect::body(&self.problem);
        format!(
            r#"{{
  "code": {code},
  "message": "{message}",
  "details": [
    {{
      "type": "zitadel.v1.ErrorDetail",
      "value": {value},
      "debug": {{ "id": "{id}", "message": "{text}" }}
    }}
  ]
}}"#,
            code = body["code"],
            value = body["details"][0]["value"]
        )
    }

    fn grpc(&self) -> String {
        format!(
            "grpc-status: {}\ngrpc-message: {}\ngrpc-status-details-bin: …",
            self.problem.code as i32, self.message
        )
    }
}

type Rows = Vec<(Failure, &'static str)>;

fn catalogue() -> [(&'static str, Rows); 8] {
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
            Failure::IdempotencyKey(KeyFailure::Missing),
            "a write without `Idempotency-Key`, and `idempotency.required` is set",
        ),
        (
            Failure::IdempotencyKey(KeyFailure::Malformed(IdempotencyKeyError::Quoted)),
            "the header is no key; the text after the colon says what one is",
        ),
        (
            Failure::IdempotencyKey(KeyFailure::Twice),
            "two headers, of which one would be dropped",
        ),
        (
            Failure::IdempotencyKey(KeyFailure::Reused),
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
        (refused(SearchRefusal::LimitTooLarge), "ListUsers"),
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
            Failure::IdempotencyKey(KeyFailure::InFlight),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_is_what_is_sent() {
        let example = Example::new();
        let read = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        assert_eq!(read(&example.rest()), example.problem.rest_body());
        assert_eq!(read(&example.connect()), connect::body(&example.problem));
    }

    #[test]
    fn every_id_of_the_table_is_on_the_page() {
        let page = errors_reference();
        let ids = concat!(
            include_str!("failure.rs"),
            include_str!("keyed.rs"),
            include_str!("refused.rs"),
            include_str!("search.rs")
        )
        .split('"')
        .filter(|text| {
            text.split_once('-').is_some_and(|(area, rest)| {
                area.len() > 1
                    && area
                        .bytes()
                        .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
                    && !rest.is_empty()
                    && rest.bytes().all(|byte| byte.is_ascii_alphanumeric())
            })
        })
        .collect::<Vec<_>>();
        assert!(ids.len() > 25, "{ids:?}");
        for id in ids {
            assert!(page.contains(&format!("| `{id}` |")), "{id} is not on the page");
        }
    }
}
