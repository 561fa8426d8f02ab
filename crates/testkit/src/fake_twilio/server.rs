//! The socket: each call is met as the script says.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
};

use http::{Request as HttpRequest, Response};
use http_body_util::BodyExt;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{
    net::TcpListener,
    task::{JoinHandle, JoinSet},
};

use super::{
    answer::{self, Answer},
    behaviour::Behaviour,
    exchange::Exchange,
    request::Request,
};

/// Binds a free port and serves it until the handle is aborted, which also ends every connection.
pub(super) async fn start(exchange: Arc<Exchange>) -> io::Result<(SocketAddr, JoinHandle<()>)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    let server = tokio::spawn(async move {
        let mut connections = JoinSet::new();
        while let Ok((socket, _)) = listener.accept().await {
            let exchange = Arc::clone(&exchange);
            connections.spawn(async move {
                let service = service_fn(|request| meet(&exchange, request));
                // An error here is a connection that the script or the caller broke.
                let _broken = http1::Builder::new()
                    .serve_connection(TokioIo::new(socket), service)
                    .await;
            });
            while connections.try_join_next().is_some() {}
        }
    });
    Ok((address, server))
}

/// An error makes the server close the connection without an answer.
async fn meet(exchange: &Exchange, request: HttpRequest<Incoming>) -> io::Result<Response<Answer>> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
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
