//! Connect, unary: `POST /zitadel.user.v2.UserService/SetPhone` with JSON or protobuf.

use std::sync::Arc;

use axum::response::{IntoResponse as _, Response};
use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use http::{
    HeaderMap, HeaderValue, Method as Verb, StatusCode,
    header::{ALLOW, CONTENT_TYPE},
};
use serde_json::{Value, json};
use tonic::Code;

use crate::{
    app::App,
    compression::{Coding, accepts_gzip, read_answer},
    deadline::{TimeoutHeader, allowance, within},
    error::{Failure, Problem},
    pipeline::{Encoding, Incoming, answer},
    rest::{read, respond},
    surface::{Named, Rpc},
};

/// What may be posted to a method's path, by any protocol.
const ACCEPTED: &str = "application/grpc, application/grpc+proto, application/grpc-web, application/grpc-web+proto, \
     application/grpc-web-text, application/grpc-web-text+proto, application/json, application/proto";

/// Answers a call to a path of one of our services that is not gRPC.
pub(crate) async fn call(
    app: &Arc<App>,
    named: Named,
    content_type: &str,
    request: axum::extract::Request,
) -> Response {
    let rpc = match named {
        Named::Method(rpc) => rpc,
        Named::NoMethod | Named::Elsewhere => return refuse(&of(app, &Failure::MethodUnknown)),
    };
    if request.method() != Verb::POST {
        return only_post();
    }
    let (encoding, answered_as) = match content_type {
        "application/json" => (Encoding::ConnectJson, "application/json"),
        "application/proto" => (Encoding::Protobuf, "application/proto"),
        _ => return unsupported_media_type(),
    };
    let gzip = rpc.reads() && accepts_gzip(request.headers());
    match run(app, &rpc, encoding, request).await {
        Ok(body) if rpc.reads() => read_answer(gzip, answered_as, body),
        Ok(body) => ([(CONTENT_TYPE, HeaderValue::from_static(answered_as))], body).into_response(),
        Err(problem) => refuse(&problem),
    }
}

/// Methods are posted to.
pub(crate) fn only_post() -> Response {
    (StatusCode::METHOD_NOT_ALLOWED, [(ALLOW, "POST")]).into_response()
}

/// The content type is none that a method takes.
pub(crate) fn unsupported_media_type() -> Response {
    (StatusCode::UNSUPPORTED_MEDIA_TYPE, [("accept-post", ACCEPTED)]).into_response()
}

async fn run(
    app: &Arc<App>,
    rpc: &Arc<Rpc>,
    encoding: Encoding,
    request: axum::extract::Request,
) -> Result<Vec<u8>, Problem> {
    let (head, body) = request.into_parts();
    let fail = |failure: Failure| of(app, &failure);
    let coding = check(&head.headers).map_err(fail)?;
    let allowance = allowance(&head.headers, TimeoutHeader::Connect, &app.limits).map_err(fail)?;
    let work = async {
        let body = read(app, coding, body).await.map_err(fail)?;
        let incoming = Incoming {
            headers: head.headers,
            body,
            encoding,
            user_id: None,
        };
        answer(app, rpc, incoming).await
    };
    within(allowance, work).await.map_err(fail)?
}

/// Checks what a request says about itself, and tells how its body is encoded.
fn check(headers: &HeaderMap) -> Result<Coding, Failure> {
    if let Some(version) = headers.get("connect-protocol-version")
        && version.as_bytes() != b"1"
    {
        return Err(Failure::BadHeader(
            "connect-protocol-version must be \"1\"".into(),
        ));
    }
    Coding::of(headers).ok_or(Failure::MessageCoding)
}

/// An error as Connect tells it.
fn refuse(problem: &Problem) -> Response {
    respond(problem, body(problem))
}

/// The body of an error.
pub(crate) fn body(problem: &Problem) -> Value {
    let details: Vec<Value> = problem
        .details()
        .into_iter()
        .map(|detail| {
            json!({
                "type": detail.name,
                "value": STANDARD_NO_PAD.encode(detail.value),
                "debug": detail.json,
            })
        })
        .collect();
    let mut body = json!({ "code": code_name(problem.code), "message": problem.message() });
    if !details.is_empty() {
        body["details"] = Value::Array(details);
    }
    body
}

const fn code_name(code: Code) -> &'static str {
    match code {
        Code::Ok => "ok",
        Code::Cancelled => "canceled",
        Code::Unknown => "unknown",
        Code::InvalidArgument => "invalid_argument",
        Code::DeadlineExceeded => "deadline_exceeded",
        Code::NotFound => "not_found",
        Code::AlreadyExists => "already_exists",
        Code::PermissionDenied => "permission_denied",
        Code::ResourceExhausted => "resource_exhausted",
        Code::FailedPrecondition => "failed_precondition",
        Code::Aborted => "aborted",
        Code::OutOfRange => "out_of_range",
        Code::Unimplemented => "unimplemented",
        Code::Internal => "internal",
        Code::Unavailable => "unavailable",
        Code::DataLoss => "data_loss",
        Code::Unauthenticated => "unauthenticated",
    }
}

fn of(app: &App, failure: &Failure) -> Problem {
    Problem::of(failure, app.clock.now())
}
