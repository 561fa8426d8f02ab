use std::{borrow::Cow, sync::Arc};

use http::StatusCode;
use ringtrue_core::{
    Error,
    authenticator::AuthenticationError,
    code::Lock,
    keys::SealError,
    port::{DirectoryError, StoreError},
    search::SearchError,
    user::Refusal,
};
use ringtrue_proto::json::JsonError;
use time::OffsetDateTime;
use tonic::Code;

use super::{
    idempotency::IdempotencyFailure,
    refused::refused,
    search::{SearchRefusal, search_refused},
};
use crate::validate::Invalid;

/// Everything that can go wrong with a call.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// A REST body is no JSON of the message.
    #[error("the body is not the message")]
    RestBody(#[source] JsonError),
    /// A Connect body is no JSON of the message.
    #[error("the body is not the message")]
    ConnectBody {
        /// The package of the message that it should be, without its version, such as `user`.
        package: &'static str,
        /// The message that it should be.
        message: &'static str,
        #[source]
        source: JsonError,
    },
    /// A body is no protobuf of the message.
    #[error("the body is not the message")]
    Protobuf,
    /// A REST path is not UTF-8 once its escapes are undone.
    #[error("the path is not UTF-8")]
    PathNotText,
    /// What a header says of the call cannot be honoured.
    #[error("a header is malformed")]
    BadHeader(Cow<'static, str>),
    /// A REST body is encoded in a way that is not understood.
    #[error("the body's encoding is unknown")]
    RestCoding,
    /// A message of any other protocol is encoded in a way that is not understood.
    #[error("the message's encoding is unknown")]
    MessageCoding,
    /// The body is not the gzip that its header says.
    #[error("the body is not gzip")]
    NotGzip,
    /// The body is larger than allowed.
    #[error("the body is too large")]
    BodyTooLarge(usize),
    /// The body broke off.
    #[error("the body broke off")]
    BodyBroken,
    /// No `Authorization`.
    #[error("no token")]
    TokenMissing,
    /// An `Authorization` that is not `Bearer` and a token.
    #[error("no bearer token")]
    TokenMalformed,
    /// A token that is not in force.
    #[error("no token in force")]
    TokenInvalid,
    /// A token whose issuer cannot be asked.
    #[error("could not ask the token's issuer")]
    IssuerUnavailable(#[source] Arc<dyn std::error::Error + Send + Sync>),
    /// A field has a value that it must not have.
    #[error("a field is invalid")]
    Invalid(Invalid),
    /// The rules refuse it.
    #[error("refused")]
    Refused(Refusal),
    /// The organisation that a header names does not exist.
    #[error("no such organisation")]
    HeaderOrganizationMissing,
    /// What is called cannot be a method.
    #[error("no such method")]
    MethodUnknown,
    /// The method exists, and not here.
    #[error("{0} is not implemented")]
    MethodUnimplemented(String),
    /// A field asks for what cannot be done here.
    #[error("{field} of {message} is not implemented")]
    FieldUnimplemented {
        /// The message that has it.
        message: &'static str,
        /// Its name in the proto file.
        field: String,
        /// What to do about it.
        instead: &'static str,
    },
    /// `UpdateUser` is asked to remove a phone and to prove it.
    #[error("a phone to be removed cannot be proven")]
    RemovalVerified,
    /// The rules of searching refuse it.
    #[error("the search was refused")]
    SearchRefused(SearchRefusal),
    /// Other calls for the same user kept coming first.
    #[error("too many concurrent changes of one user")]
    Contended,
    /// The `Idempotency-Key`, or that there is none, keeps the call from being carried out.
    #[error("the idempotency key stands in the way")]
    IdempotencyKey(#[from] IdempotencyFailure),
    /// It took longer than it may.
    #[error("the call took too long")]
    TimedOut,
    /// Storage could not serve it.
    #[error("storage could not serve the call")]
    Store(#[from] StoreError),
    /// A message could not be sealed.
    #[error("could not seal a message")]
    Seal(#[source] SealError),
    /// An answer could not be written.
    #[error("could not write the answer")]
    Answer(#[source] JsonError),
    /// There is a defect.
    #[error("a call panicked")]
    Panicked,
}

/// One line of the table.
pub(super) struct Line {
    pub(super) code: Code,
    /// The HTTP status, where it is not the code's own.
    pub(super) http: Option<StatusCode>,
    /// Empty where the peer gives none.
    pub(super) id: &'static str,
    pub(super) text: Cow<'static, str>,
}

impl Line {
    pub(super) fn new(code: Code, id: &'static str, text: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            http: None,
            id,
            text: text.into(),
        }
    }
}

impl Failure {
    /// The table. Ids, codes and the words up to a colon are the peer's (`RINGTRUE-…` where it has none); what follows
    /// the colon says what would be right.
    pub(super) fn line(&self) -> Line {
        use Code::{
            Aborted, Internal, InvalidArgument, PermissionDenied, ResourceExhausted, Unauthenticated,
            Unavailable, Unimplemented,
        };
        match self {
            Self::RestBody(error) => Line::new(InvalidArgument, "", error.to_string()),
            Self::ConnectBody {
                package,
                message,
                source,
            } => Line::new(
                InvalidArgument,
                "",
                format!("unmarshal message: unmarshal into *{package}.{message}: {source}"),
            ),
            Self::Protobuf => Line::new(
                InvalidArgument,
                "",
                "unmarshal message: the body is not the protobuf encoding of the method's request",
            ),
            Self::PathNotText => Line::new(InvalidArgument, "", "the path is not UTF-8 once unescaped"),
            Self::BadHeader(text) => Line::new(InvalidArgument, "", text.clone()),
            Self::RestCoding => Line {
                http: Some(StatusCode::UNSUPPORTED_MEDIA_TYPE),
                ..unknown_coding()
            },
            Self::MessageCoding => unknown_coding(),
            Self::NotGzip => not_gzip(),
            Self::BodyTooLarge(max) => Line {
                http: Some(StatusCode::PAYLOAD_TOO_LARGE),
                ..Line::new(
                    ResourceExhausted,
                    "RINGTRUE-BodyTooLarge",
                    format!("The body is too large: at most {max} bytes"),
                )
            },
            Self::BodyBroken => Line::new(InvalidArgument, "", "unexpected EOF: the body broke off"),
            Self::TokenMissing => Line::new(Unauthenticated, "", "auth header missing"),
            Self::TokenMalformed => Line::new(Unauthenticated, "AUTH-toLo1", "invalid auth header"),
            Self::TokenInvalid => Line::new(Unauthenticated, "AUTH-7fs1e", "Errors.Token.Invalid"),
            Self::IssuerUnavailable(_) => Line::new(
                Unauthenticated,
                "RINGTRUE-IssuerUnavailable",
                "The token cannot be checked: its issuer does not answer, and its key is not known from before; nothing \
                 was changed, try again",
            ),
            Self::Invalid(invalid) => Line::new(InvalidArgument, "", invalid.to_string()),
            Self::Refused(refusal) => refused(refusal),
            Self::HeaderOrganizationMissing => Line::new(
                PermissionDenied,
                "AUTH-Bs7Ds",
                "Organisation doesn't exist: x-zitadel-orgid must be the id of one that does",
            ),
            // Connect's own status for this is 404, not 501.
            Self::MethodUnknown => Line {
                http: Some(StatusCode::NOT_FOUND),
                ..Line::new(Unimplemented, "", "the service has no such method")
            },
            Self::MethodUnimplemented(method) => Line::new(
                Unimplemented,
                "RINGTRUE-MethodUnimplemented",
                format!("{method} is not implemented"),
            ),
            Self::FieldUnimplemented {
                message,
                field,
                instead,
            } => field_unimplemented(message, field, instead),
            Self::RemovalVerified => Line::new(
                InvalidArgument,
                "USERv2-4f3d6",
                "Verifying phone removal is not supported: with an empty number leave out how it is verified",
            ),
            Self::SearchRefused(refusal) => search_refused(*refusal),
            Self::Contended => Line::new(
                Aborted,
                "RINGTRUE-Contended",
                "Other calls for this user kept coming first: nothing was changed, try again",
            ),
            Self::IdempotencyKey(failure) => failure.line(),
            Self::TimedOut => timed_out(),
            Self::Store(StoreError::Unavailable(_)) => Line::new(
                Unavailable,
                "RINGTRUE-StorageUnavailable",
                "Storage is unavailable: a change may or may not have taken effect, try again",
            ),
            Self::Store(StoreError::Overloaded) => Line::new(
                Unavailable,
                "RINGTRUE-Overloaded",
                "Too much is asked at once: nothing was changed, try again",
            ),
            Self::Store(StoreError::Rejected(_)) | Self::Seal(_) | Self::Answer(_) => {
                Line::new(Internal, "RINGTRUE-Internal", "Errors.Internal")
            }
            Self::Panicked => Line::new(Internal, "RECOVER", "Errors.Internal"),
        }
    }

    /// From when on it may go better, if that is known.
    pub(super) fn retry_at(&self, now: OffsetDateTime) -> Option<OffsetDateTime> {
        match self {
            Self::Refused(Refusal::TooManyFailures(Lock::Until(end))) => Some(*end),
            Self::Store(StoreError::Unavailable(_) | StoreError::Overloaded)
            | Self::IssuerUnavailable(_)
            | Self::IdempotencyKey(IdempotencyFailure::InFlight) => Some(now + time::Duration::SECOND),
            _ => None,
        }
    }

    /// Whether an operator has to know.
    pub(super) fn is_ours(&self) -> bool {
        matches!(
            self,
            Self::Store(_) | Self::IssuerUnavailable(_) | Self::Seal(_) | Self::Answer(_) | Self::Panicked
        )
    }
}

fn field_unimplemented(message: &str, field: &str, instead: &str) -> Line {
    let text = format!("{field} of {message} is not implemented: {instead}");
    Line::new(Code::Unimplemented, "RINGTRUE-FieldUnimplemented", text)
}

fn not_gzip() -> Line {
    Line::new(
        Code::InvalidArgument,
        "RINGTRUE-NotGzip",
        "The body is not gzip, or breaks off: the header that says so goes with a body that is",
    )
}

fn timed_out() -> Line {
    Line::new(
        Code::DeadlineExceeded,
        "RINGTRUE-TimedOut",
        "The call took too long: it may or may not have taken effect, read the user before trying again",
    )
}

fn unknown_coding() -> Line {
    Line::new(
        Code::Unimplemented,
        "RINGTRUE-UnknownEncoding",
        "The body is encoded in a way that is not understood here: use gzip, or identity, which is none",
    )
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused(refusal) => Self::Refused(refusal),
            Error::Contended => Self::Contended,
            Error::Store(error) => Self::Store(error),
            Error::Seal(error) => Self::Seal(error),
        }
    }
}

impl From<SearchError> for Failure {
    fn from(error: SearchError) -> Self {
        Self::SearchRefused(match error {
            SearchError::NestedTooDeeply => SearchRefusal::NestedTooDeeply,
            SearchError::TooManyConditions => SearchRefusal::TooManyConditions,
            SearchError::LimitTooLarge => SearchRefusal::LimitTooLarge,
            SearchError::Directory(DirectoryError::TooCostly) => SearchRefusal::TooCostly,
            SearchError::Directory(DirectoryError::Store(error)) | SearchError::Store(error) => {
                return Self::Store(error);
            }
        })
    }
}

impl From<AuthenticationError> for Failure {
    fn from(error: AuthenticationError) -> Self {
        match error {
            AuthenticationError::Invalid => Self::TokenInvalid,
            AuthenticationError::Store(error) => Self::Store(error),
            AuthenticationError::Issuer(source) => Self::IssuerUnavailable(source),
        }
    }
}

impl From<Invalid> for Failure {
    fn from(invalid: Invalid) -> Self {
        Self::Invalid(invalid)
    }
}
