use std::{
    net::IpAddr,
    sync::Arc,
    task::{Context, Poll},
};

use axum::Router;
use http::Request;
use tower::Service;

use super::proxies::TrustedProxies;

/// The frontends for one connection: each request is told where it comes from.
#[derive(Clone)]
pub(super) struct FromPeer {
    pub(super) router: Router,
    pub(super) peer: IpAddr,
    pub(super) proxies: Arc<TrustedProxies>,
}

impl<B> Service<Request<B>> for FromPeer
where
    Router: Service<Request<B>>,
{
    type Response = <Router as Service<Request<B>>>::Response;
    type Error = <Router as Service<Request<B>>>::Error;
    type Future = <Router as Service<Request<B>>>::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.router.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let client = self.proxies.client(self.peer, request.headers());
        request.extensions_mut().insert(client);
        self.router.call(request)
    }
}
