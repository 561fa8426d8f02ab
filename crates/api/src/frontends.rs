//! Every protocol behind one port.

use std::{
    convert::Infallible,
    panic::AssertUnwindSafe,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use axum::{
    BoxError, Router,
    body::{Body, Bytes, HttpBody},
    extract::Request,
    response::{IntoResponse as _, Response},
};
use futures_util::FutureExt as _;
use http::{
    HeaderName, HeaderValue, Method, StatusCode, Version,
    header::{ACCEPT, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, ORIGIN, VARY},
};
use tower::{Layer as _, Service, ServiceExt as _, service_fn};
use tower_http::cors::CorsLayer;
use tracing::Instrument as _;

use crate::{
    app::App,
    connect, cors,
    error::{Failure, Problem},
    grpc, operations,
    rest::{self, Match, Paths},
    surface::{Named, Surface},
    trace::{REQUEST_ID, RequestTrace},
};

/// The frontends, ready to be served. Cloning shares everything.
///
/// A path decides first: the REST paths and those of our services, whose content type tells gRPC, gRPC-Web and Connect apart;
/// then the paths for operators; then everything else of gRPC.
#[derive(Clone)]
pub struct Frontends {
    api: Arc<Api>,
    /// What is not theirs goes on to the API.
    operations: Router,
}

impl Frontends {
    /// The frontends on what they stand on.
    #[must_use]
    pub fn new(app: App) -> Self {
        // Every request takes part in it several times.
        let app = Arc::new(app);
        let surface = Arc::new(Surface::new());
        let operations = operations::router(&app);
        let api = Arc::new(Api {
            paths: Paths::new(&surface),
            grpc: grpc::router(app.clone(), surface.clone()),
            cors: cors::layer(&app.cors),
            surface,
            app,
        });
        let elsewhere = {
            let api = api.clone();
            service_fn(move |request| api.clone().answer(Match::Nothing, request).map(Ok))
        };
        Self {
            operations: operations.fallback_service(elsewhere),
            api,
        }
    }

    /// Answers, come what may, under the request's id.
    async fn answer(self, request: Request) -> Response {
        let app = self.api.app.clone();
        let head_only = request.method() == Method::HEAD;
        let RequestTrace { id, span } = RequestTrace::of(&request, app.ids.as_ref());
        let answering = AssertUnwindSafe(self.route(request)).catch_unwind();
        let answered = answering.instrument(span).await;
        let mut response =
            answered.unwrap_or_else(|_| rest::refuse(&Problem::of(&Failure::Panicked, app.clock.now())));
        let headers = response.headers_mut();
        if let Some(id) = id {
            headers.insert(REQUEST_ID, id);
        }
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(ROBOTS, HeaderValue::from_static("none"));
        if head_only {
            cut_off_body(&mut response);
        }
        response
    }

    /// Pages may call the API. They may not read what operators and developers ask for, the inbox above all.
    async fn route(self, request: Request) -> Response {
        let path = request.uri().path();
        let found = self.api.paths.find(request.method(), path);
        if matches!(found, Match::Nothing) && !self.api.surface.has_service_of(path) {
            return self.operations.oneshot(request).await.into_response();
        }
        self.api.answer(found, request).await
    }
}

/// Asks search engines not to show an answer.
const ROBOTS: HeaderName = HeaderName::from_static("x-robots-tag");

impl<B> Service<http::Request<B>> for Frontends
where
    B: HttpBody<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<B>) -> Self::Future {
        Box::pin(self.clone().answer(request.map(Body::new)).map(Ok))
    }
}

/// What pages may call.
struct Api {
    app: Arc<App>,
    surface: Arc<Surface>,
    paths: Paths,
    grpc: Router,
    cors: CorsLayer,
}

impl Api {
    /// Answers a call, or a browser's question whether a page may make it. Who is no page is told nothing about pages but that
    /// others would be, as with the peer.
    async fn answer(self: Arc<Self>, found: Match, request: Request) -> Response {
        if request.method() != Method::OPTIONS && !request.headers().contains_key(ORIGIN) {
            let mut response = self.dispatch(found, request).await;
            response
                .headers_mut()
                .append(VARY, HeaderValue::from_static("origin"));
            return response;
        }
        let api = self.clone();
        let dispatch = service_fn(move |request| api.clone().dispatch(found.clone(), request).map(Ok));
        let answered: Result<Response, Infallible> = self.cors.layer(dispatch).call(request).await;
        answered.into_response()
    }

    async fn dispatch(self: Arc<Self>, found: Match, mut request: Request) -> Response {
        match found {
            Match::Method(rpc, user) => return rest::call(&self.app, &rpc, user, request).await,
            Match::OtherVerbs(verbs) => return rest::wrong_verb(&verbs),
            Match::Nothing => {}
        }
        let content_type = essence(&request);
        if content_type.starts_with("application/grpc") {
            let Some(normalised) = grpc::normalised(&content_type) else {
                return connect::unsupported_media_type();
            };
            if !grpc::is_web(&content_type) && request.version() != Version::HTTP_2 {
                return StatusCode::HTTP_VERSION_NOT_SUPPORTED.into_response();
            }
            if request.method() != Method::POST {
                return connect::only_post();
            }
            if grpc::is_web(&content_type) {
                // tonic-web answers as Accept says. One who says nothing, or anything, is answered as they asked.
                let headers = request.headers_mut();
                let accept = headers.get(ACCEPT).map(HeaderValue::as_bytes).unwrap_or_default();
                if !accept.starts_with(b"application/grpc-web") {
                    headers.insert(ACCEPT, normalised.clone());
                }
            }
            request.headers_mut().insert(CONTENT_TYPE, normalised);
            return self.grpc.clone().oneshot(request).await.into_response();
        }
        match self.surface.find(request.uri().path()) {
            Named::Elsewhere => rest::not_found(),
            named => connect::call(&self.app, named, &content_type, request).await,
        }
    }
}

/// Leaves of an answer to HEAD how long its body would be. hyper does so over HTTP/1, and not over HTTP/2.
fn cut_off_body(response: &mut Response) {
    let length = response.body().size_hint().exact();
    if let Some(length) = length {
        let headers = response.headers_mut();
        headers.entry(CONTENT_LENGTH).or_insert_with(|| length.into());
    }
    *response.body_mut() = Body::empty();
}

/// The content type without its parameters, in small letters.
fn essence(request: &Request) -> String {
    let value = request.headers().get(CONTENT_TYPE);
    let value = value.and_then(|value| value.to_str().ok()).unwrap_or_default();
    value
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase()
}
