//! REST: the paths of the proto files' HTTP rules, JSON in and out, whatever the content type says.

mod path;

use std::sync::Arc;

use axum::response::{IntoResponse as _, Response};
use http::{
    HeaderValue, StatusCode,
    header::{ACCEPT_ENCODING, ALLOW, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE},
};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use serde_json::{Value, json};

pub(crate) use path::{Match, Paths};

use crate::{
    app::App,
    compression::{Coding, accepts_gzip, read_answer},
    deadline::within,
    error::{Failure, Problem},
    pipeline::{Encoding, Incoming, answer},
    surface::Rpc,
};

/// Answers a call by a path that matched.
pub(crate) async fn call(
    app: &Arc<App>,
    rpc: &Arc<Rpc>,
    user_id: Option<Vec<u8>>,
    request: axum::extract::Request,
) -> Response {
    let (head, body) = request.into_parts();
    let gzip = rpc.reads() && accepts_gzip(&head.headers);
    let work = async {
        let user_id = user_id.map(String::from_utf8).transpose();
        let user_id = user_id.map_err(|_| of(app, &Failure::PathNotText))?;
        let coding = Coding::of(&head.headers).ok_or_else(|| of(app, &Failure::RestCoding))?;
        let body = read(app, coding, body)
            .await
            .map_err(|failure| of(app, &failure))?;
        let incoming = Incoming {
            headers: head.headers,
            body,
            encoding: Encoding::RestJson,
            user_id,
        };
        answer(app, rpc, incoming).await
    };
    let answered = within(app.limits.request_timeout, work).await;
    match answered.unwrap_or_else(|failure| Err(of(app, &failure))) {
        Ok(json) if rpc.reads() => read_answer(gzip, "application/json", json),
        Ok(json) => (
            rpc.success_status(),
            [(CONTENT_TYPE, HeaderValue::from_static("application/json"))],
            json,
        )
            .into_response(),
        Err(problem) => refuse(&problem),
    }
}

/// Reads a body of bounded size, and undoes its encoding.
pub(crate) async fn read(app: &App, coding: Coding, body: axum::body::Body) -> Result<bytes::Bytes, Failure> {
    let max = app.limits.body_bytes_max;
    match Limited::new(body, max).collect().await {
        Ok(body) => coding.decode(body.to_bytes(), max),
        Err(error) if error.is::<LengthLimitError>() => Err(Failure::BodyTooLarge(max)),
        Err(_) => Err(Failure::BodyBroken),
    }
}

/// Nothing is at this path.
pub(crate) fn not_found() -> Response {
    (
        StatusCode::NOT_FOUND,
        axum::Json(json!({ "code": 5, "message": "Not Found" })),
    )
        .into_response()
}

/// Something is at this path, but not for this verb.
pub(crate) fn wrong_verb(allowed: &str) -> Response {
    let body = axum::Json(json!({ "code": 12, "message": "Method Not Allowed" }));
    let mut response = (StatusCode::METHOD_NOT_ALLOWED, body).into_response();
    if let Ok(allowed) = HeaderValue::from_str(allowed) {
        response.headers_mut().insert(ALLOW, allowed);
    }
    response
}

/// An error as REST tells it.
pub(crate) fn refuse(problem: &Problem) -> Response {
    respond(problem, problem.rest_body())
}

/// An error with the headers that HTTP has for it.
pub(crate) fn respond(problem: &Problem, body: Value) -> Response {
    let mut response = (problem.http, axum::Json(body)).into_response();
    let headers = response.headers_mut();
    if problem.http == StatusCode::UNAUTHORIZED
        && let Ok(value) = HeaderValue::from_str(&problem.message())
    {
        headers.insert(WWW_AUTHENTICATE, value);
    }
    if let Some(seconds) = problem.retry_after {
        headers.insert(RETRY_AFTER, seconds.into());
    }
    if problem.http == StatusCode::UNSUPPORTED_MEDIA_TYPE {
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip, identity"));
    }
    response
}

fn of(app: &App, failure: &Failure) -> Problem {
    Problem::of(failure, app.clock.now())
}
