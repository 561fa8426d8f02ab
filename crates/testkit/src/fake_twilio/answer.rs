//! What Twilio says.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response, StatusCode};
use hyper::body::{Body, Frame, SizeHint};
use serde_json::json;

use super::{
    ledger::Accepted,
    request::{Refusal, Request},
};

/// A body that ends as it should, or breaks off.
pub(super) struct Answer {
    steps: Vec<Step>,
    len: u64,
}

enum Step {
    Send(Bytes),
    /// Lets what was sent leave before the connection breaks.
    Flush,
    Break,
}

impl Body for Answer {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        match self.steps.pop() {
            None => Poll::Ready(None),
            Some(Step::Send(bytes)) => Poll::Ready(Some(Ok(Frame::data(bytes)))),
            Some(Step::Flush) => {
                context.waker().wake_by_ref();
                Poll::Pending
            }
            Some(Step::Break) => Poll::Ready(Some(Err(io::ErrorKind::ConnectionAborted.into()))),
        }
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.len)
    }
}

/// Exactly this.
pub(super) fn raw(status: u16, headers: &[(&'static str, String)], body: Vec<u8>) -> Response<Answer> {
    let len = body.len() as u64;
    let mut response = Response::new(Answer {
        steps: vec![Step::Send(body.into())],
        len,
    });
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in headers {
        if let Ok(value) = HeaderValue::from_str(value) {
            response
                .headers_mut()
                .insert(HeaderName::from_static(name), value);
        }
    }
    response
}

/// A head that promises a body, and half of that body.
pub(super) fn broken_off(status: u16) -> Response<Answer> {
    let half = Bytes::from_static(br#"{"sid": "SM"#);
    let len = 2 * half.len() as u64;
    let mut response = json_answer(status, &json!({}));
    *response.body_mut() = Answer {
        steps: vec![Step::Break, Step::Flush, Step::Send(half)],
        len,
    };
    response
}

/// 201 with the message that was accepted.
pub(super) fn created(request: &Request, accepted: &Accepted) -> Response<Answer> {
    let uri = request.path.trim_end_matches(".json");
    let status = if accepted.messaging_service_sid.is_some() {
        "accepted"
    } else {
        "queued"
    };
    let message = json!({
        "sid": accepted.sid,
        "status": status,
        "to": accepted.to,
        "from": accepted.from,
        "messaging_service_sid": accepted.messaging_service_sid,
        "body": accepted.body,
        "direction": "outbound-api",
        "num_segments": "1",
        "api_version": "2010-04-01",
        "error_code": null,
        "error_message": null,
        "price": null,
        "uri": format!("{uri}/{}.json", accepted.sid),
    });
    json_answer(201, &message)
}

/// Twilio's error document.
pub(super) fn refused(refusal: Refusal) -> Response<Answer> {
    error(refusal.status, refusal.code, refusal.message)
}

/// Twilio's error document.
pub(super) fn error(status: u16, code: u32, message: &str) -> Response<Answer> {
    let document = json!({
        "code": code,
        "message": message,
        "more_info": format!("https://www.twilio.com/docs/errors/{code}"),
        "status": status,
    });
    json_answer(status, &document)
}

fn json_answer(status: u16, document: &serde_json::Value) -> Response<Answer> {
    let content_type = ("content-type", "application/json".to_owned());
    raw(status, &[content_type], document.to_string().into_bytes())
}
