//! An HTTP server on a real socket, which the fakes stand behind.

use std::{
    error::Error,
    io,
    net::{Ipv4Addr, SocketAddr},
};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::BodyExt as _;
use hyper::{
    body::{Body, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::{
    net::TcpListener,
    task::{JoinHandle, JoinSet},
};

/// A free port of `127.0.0.1`.
pub(crate) struct Loopback {
    listener: TcpListener,
    address: SocketAddr,
}

/// A server at work; dropping it closes the port and every connection.
pub(crate) struct Serving(JoinHandle<()>);

impl Loopback {
    /// Takes a port.
    ///
    /// # Panics
    ///
    /// When none can be had, because no test can go on without its fake.
    #[expect(clippy::expect_used, reason = "a test cannot go on without its fake")]
    pub(crate) async fn bind() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
        let listener = listener.expect("a free port on the loopback interface");
        let address = listener.local_addr().expect("a bound port has an address");
        Self { listener, address }
    }

    /// Where it is.
    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Has `meet` answer each request, once it is there whole. An error makes the server close the connection without an
    /// answer.
    pub(crate) fn serve<M, F, B>(self, meet: M) -> Serving
    where
        M: Fn(Request<Bytes>) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = io::Result<Response<B>>> + Send,
        B: Body<Data: Send, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
    {
        Serving(tokio::spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((socket, _)) = self.listener.accept().await {
                let meet = meet.clone();
                connections.spawn(async move {
                    let service = service_fn(async |request| meet(whole(request).await?).await);
                    // An error here is a connection that the fake or the caller broke.
                    let _broken = http1::Builder::new()
                        .serve_connection(TokioIo::new(socket), service)
                        .await;
                });
                while connections.try_join_next().is_some() {}
            }
        }))
    }
}

async fn whole(request: Request<Incoming>) -> io::Result<Request<Bytes>> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
    Ok(Request::from_parts(head, body))
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.0.abort();
    }
}
