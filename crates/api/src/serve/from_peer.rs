use std::{
    net::IpAddr,
    sync::Arc,
    task::{Context, Poll},
};

use http::Request;
use tower::Service;

use super::proxies::TrustedProxies;
use crate::frontends::Frontends;

/// The frontends for one connection: each request is told where it comes from.
#[derive(Clone)]
pub(super) struct FromPeer {
    pub(super) frontends: Frontends,
    pub(super) peer: IpAddr,
    pub(super) proxies: Arc<TrustedProxies>,
}

impl<B> Service<Request<B>> for FromPeer
where
    Frontends: Service<Request<B>>,
{
    type Response = <Frontends as Service<Request<B>>>::Response;
    type Error = <Frontends as Service<Request<B>>>::Error;
    type Future = <Frontends as Service<Request<B>>>::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.frontends.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let client = self.proxies.client(self.peer, request.headers());
        request.extensions_mut().insert(client);
        self.frontends.call(request)
    }
}
