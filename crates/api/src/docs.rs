//! The reference as a page: `/docs`, with a viewer that comes with the binary and asks no other host for anything.

use axum::{
    Router,
    response::{IntoResponse as _, Response},
    routing::get,
};
use http::{
    HeaderName, HeaderValue,
    header::{
        CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
        X_FRAME_OPTIONS,
    },
};

use crate::openapi;

/// Scripts are ours, and none is made from text. The viewer puts its styles into the page, so that these may be inline.
/// What is tried out calls this server and no other.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
     font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// See `assets/README.md`. Every browser reads gzip.
const VIEWER: &[u8] = include_bytes!("../assets/scalar-1.72.1.js.gz");
const PAGE: &[u8] = include_bytes!("../assets/docs.html");
const START: &[u8] = include_bytes!("../assets/docs.js");

/// The reference for programs and for people.
pub(crate) fn router() -> Router {
    const SCRIPT: &str = "text/javascript; charset=utf-8";
    Router::new()
        .route(
            "/openapi.json",
            get(async || serve("application/json", openapi())),
        )
        .route("/docs", get(async || serve("text/html; charset=utf-8", PAGE)))
        .route("/docs/docs.js", get(async || serve(SCRIPT, START)))
        .route(
            "/docs/scalar.js",
            get(async || ([(CONTENT_ENCODING, "gzip")], serve(SCRIPT, VIEWER))),
        )
}

fn serve(content_type: &'static str, body: impl Into<axum::body::Body>) -> Response {
    let mut response = body.into().into_response();
    let mut set = |name: HeaderName, value| {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(value))
    };
    set(CONTENT_TYPE, content_type);
    set(CONTENT_SECURITY_POLICY, POLICY);
    set(X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(X_FRAME_OPTIONS, "DENY");
    set(REFERRER_POLICY, "no-referrer");
    response
}
