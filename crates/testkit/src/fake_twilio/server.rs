//! Each call is met as the script says.

use std::{io, sync::Arc};

use bytes::Bytes;
use http::{Request as HttpRequest, Response};

use super::{
    answer::{self, Answer},
    behaviour::Behaviour,
    exchange::Exchange,
    request::Request,
};

/// An error makes the server close the connection without an answer.
pub(super) async fn meet(
    exchange: Arc<Exchange>,
    request: HttpRequest<Bytes>,
) -> io::Result<Response<Answer>> {
    let exchange = &*exchange;
    let (head, body) = request.into_parts();
    let request = Request {
        method: head.method,
        path: head.uri.path().to_owned(),
        headers: head.headers,
        body: body.to_vec(),
    };
    match exchange.arrive() {
        Behaviour::Accept => Ok(accept(exchange, &request)),
        Behaviour::AcceptSlowly(gate) => {
            gate.passed().await;
            Ok(accept(exchange, &request))
        }
        Behaviour::AcceptThenDrop => match exchange.accept(&request) {
            Ok(_) => Err(io::ErrorKind::ConnectionAborted.into()),
            Err(refusal) => Ok(answer::refused(refusal)),
        },
        Behaviour::AcceptThenGarble => Ok(match exchange.accept(&request) {
            Ok(_) => answer::raw(201, &[], b"<html>Created".to_vec()),
            Err(refusal) => answer::refused(refusal),
        }),
        Behaviour::DropBeforeAccept => Err(io::ErrorKind::ConnectionAborted.into()),
        Behaviour::Refuse { status, code } => Ok(answer::error(status, code, "Refused by the script")),
        Behaviour::Throttle { retry_after } => {
            let mut response = answer::error(429, 20_429, "Too many requests");
            if let Some(wait) = retry_after {
                response
                    .headers_mut()
                    .insert(http::header::RETRY_AFTER, wait.as_secs().into());
            }
            Ok(response)
        }
        Behaviour::ServerError { status } => Ok(answer::error(status, 20_500, "Out of order by the script")),
        Behaviour::Answer {
            status,
            headers,
            body,
        } => Ok(answer::raw(status, &headers, body)),
        Behaviour::BreakOff { status } => Ok(answer::broken_off(status)),
        Behaviour::Hang => std::future::pending().await,
    }
}

fn accept(exchange: &Exchange, request: &Request) -> Response<Answer> {
    match exchange.accept(request) {
        Ok(accepted) => answer::created(request, &accepted),
        Err(refusal) => answer::refused(refusal),
    }
}
