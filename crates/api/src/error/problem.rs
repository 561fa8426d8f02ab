use std::{error::Error, fmt::Write as _};

use http::StatusCode;
use time::OffsetDateTime;
use tonic::Code;
use tracing::error;

use super::Failure;

/// A failure as every protocol tells it.
#[derive(Debug, Clone)]
pub(crate) struct Problem {
    /// The gRPC code.
    pub(crate) code: Code,
    /// The HTTP status where HTTP carries it.
    pub(crate) http: StatusCode,
    /// The id; empty where there is none, and then there are no details.
    pub(crate) id: &'static str,
    /// The sentence without the id.
    pub(crate) text: String,
    /// In how many seconds it may go better.
    pub(crate) retry_after: Option<u64>,
}

impl Problem {
    /// Puts a failure into words, and into the log if it is ours.
    pub(crate) fn of(failure: &Failure, now: OffsetDateTime) -> Self {
        let problem = Self::describe(failure, now);
        if failure.is_ours() {
            error!(error.id = problem.id, error.chain = chain(failure), "call failed");
        }
        problem
    }

    /// Puts a failure into words.
    pub(super) fn describe(failure: &Failure, now: OffsetDateTime) -> Self {
        let line = failure.line();
        let wait = |end: OffsetDateTime| {
            let left = (end - now).whole_milliseconds().max(0);
            u64::try_from(left).unwrap_or(u64::MAX).div_ceil(1000).max(1)
        };
        Self {
            code: line.code,
            http: line.http.unwrap_or_else(|| http_status(line.code)),
            id: line.id,
            text: line.text.into_owned(),
            retry_after: failure.retry_at(now).map(wait),
        }
    }

    /// `text (ID)`, or the text alone where there is no id.
    pub(crate) fn message(&self) -> String {
        if self.id.is_empty() {
            return self.text.clone();
        }
        format!("{} ({})", self.text, self.id)
    }
}

/// The HTTP status of a code, as grpc-gateway has it: `FAILED_PRECONDITION` is 400.
fn http_status(code: Code) -> StatusCode {
    match code {
        Code::Ok => StatusCode::OK,
        Code::Cancelled => StatusCode::from_u16(499).unwrap_or(StatusCode::BAD_REQUEST),
        Code::Unknown | Code::Internal | Code::DataLoss => StatusCode::INTERNAL_SERVER_ERROR,
        Code::InvalidArgument | Code::FailedPrecondition | Code::OutOfRange => StatusCode::BAD_REQUEST,
        Code::DeadlineExceeded => StatusCode::GATEWAY_TIMEOUT,
        Code::NotFound => StatusCode::NOT_FOUND,
        Code::AlreadyExists | Code::Aborted => StatusCode::CONFLICT,
        Code::PermissionDenied => StatusCode::FORBIDDEN,
        Code::Unauthenticated => StatusCode::UNAUTHORIZED,
        Code::ResourceExhausted => StatusCode::TOO_MANY_REQUESTS,
        Code::Unimplemented => StatusCode::NOT_IMPLEMENTED,
        Code::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
    }
}

/// An error and what caused it, in one line.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        // Writing to a String cannot fail.
        let _ = write!(text, ": {cause}");
        next = cause.source();
    }
    text
}
