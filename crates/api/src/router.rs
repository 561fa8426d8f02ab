//! Every protocol behind one port.

use std::{any::Any, sync::Arc};

use axum::{
    Router,
    extract::{Request, State},
    handler::Handler as _,
    response::{IntoResponse as _, Response},
};
use http::{
    HeaderName, HeaderValue, Method, StatusCode, Version,
    header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE},
};
use tower::{ServiceBuilder, ServiceExt as _};
use tower_http::{catch_panic::CatchPanicLayer, set_header::SetResponseHeaderLayer};

use crate::{
    app::App,
    connect, cors,
    error::{Failure, Problem},
    grpc, operations,
    rest::{self, Match, Paths},
    surface::{Named, Surface},
    trace::identify,
};

/// The frontends, ready to be served.
///
/// A path decides first: the REST paths, then those of our services, whose content type tells gRPC, gRPC-Web and Connect
/// apart, then everything else of gRPC.
pub fn router(app: App) -> Router {
    // Every request takes part in it several times.
    let app = Arc::new(app);
    let clock = app.clock.clone();
    let recovered = move |_: Box<dyn Any + Send>| rest::refuse(&Problem::of(&Failure::Panicked, clock.now()));
    let header =
        |name: HeaderName, value| SetResponseHeaderLayer::overriding(name, HeaderValue::from_static(value));
    let layers = ServiceBuilder::new()
        .layer(header(CACHE_CONTROL, "no-store"))
        .layer(header(HeaderName::from_static("x-robots-tag"), "none"))
        .layer(axum::middleware::from_fn_with_state(app.clone(), identify))
        .layer(CatchPanicLayer::custom(recovered));
    let cors = cors::layer(&app.cors);
    let surface = Arc::new(Surface::new());
    let router = operations::router(&app);
    let front = Front {
        paths: Paths::new(&surface),
        grpc: grpc::router(app.clone(), surface.clone()),
        surface,
        app,
    };
    // Pages may call the API. They may not read what operators and developers ask for, the inbox above all.
    let api = ServiceBuilder::new()
        .layer(cors)
        .service(dispatch.with_state(Arc::new(front)));
    router.fallback_service(api).layer(layers)
}

struct Front {
    app: Arc<App>,
    surface: Arc<Surface>,
    paths: Paths,
    grpc: Router,
}

async fn dispatch(State(front): State<Arc<Front>>, mut request: Request) -> Response {
    let path = request.uri().path();
    match front.paths.find(request.method(), path) {
        Match::Method(rpc, user) => return rest::call(&front.app, rpc, user, request).await,
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
        return front.grpc.clone().oneshot(request).await.into_response();
    }
    match front.surface.find(path) {
        Named::Elsewhere => rest::not_found(),
        named => connect::call(&front.app, named, &content_type, request).await,
    }
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
