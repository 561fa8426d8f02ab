//! Which pages may call (`contract.md` 2.2).

use std::time::Duration;

use http::{
    HeaderName, HeaderValue, Method,
    header::{
        ACCEPT, ACCEPT_LANGUAGE, AUTHORIZATION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, LOCATION,
        ORIGIN, RETRY_AFTER,
    },
};
use tower_http::cors::{AllowOrigin, CorsLayer};

use crate::{
    authenticate::ORGANIZATION,
    idempotency::IDEMPOTENCY_KEY,
    trace::{REQUEST_ID, TRACEPARENT},
};

/// Which pages may call. By default all of them, with credentials, as with the peer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cors {
    /// Where they come from.
    pub origins: Origins,
    /// Whether a browser may send what it knows of the user along. Nothing here looks at it: what authenticates is a token,
    /// which a page has to know.
    pub credentials: bool,
    /// How long a browser may remember what it was told.
    pub max_age: Duration,
}

/// Where pages come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origins {
    /// From anywhere; each is told its own origin.
    Any,
    /// From these, each written as browsers write it: `https://app.example.com`. None: from nowhere.
    Only(Vec<HeaderValue>),
}

impl Default for Cors {
    fn default() -> Self {
        Self {
            origins: Origins::Any,
            credentials: true,
            max_age: Duration::from_mins(10),
        }
    }
}

/// What answers a browser's questions.
pub(crate) fn layer(cors: &Cors) -> CorsLayer {
    let header = HeaderName::from_static;
    let origins = match &cors.origins {
        Origins::Any => AllowOrigin::mirror_request(),
        Origins::Only(origins) => AllowOrigin::list(origins.iter().cloned()),
    };
    CorsLayer::new()
        .allow_origin(origins)
        .allow_credentials(cors.credentials)
        .max_age(cors.max_age)
        .allow_methods([
            Method::OPTIONS,
            Method::GET,
            Method::HEAD,
            Method::POST,
            Method::PUT,
            Method::PATCH,
            Method::DELETE,
        ])
        .allow_headers([
            ORIGIN,
            CONTENT_TYPE,
            ACCEPT,
            ACCEPT_LANGUAGE,
            AUTHORIZATION,
            ORGANIZATION,
            header("x-user-agent"),
            header("x-grpc-web"),
            header("x-requested-with"),
            header("connect-protocol-version"),
            header("connect-timeout-ms"),
            header("grpc-timeout"),
            // What the peer has no use for.
            CONTENT_ENCODING,
            IDEMPOTENCY_KEY,
            REQUEST_ID,
            TRACEPARENT,
            header("tracestate"),
            header("grpc-encoding"),
            header("grpc-accept-encoding"),
        ])
        .expose_headers([
            LOCATION,
            CONTENT_LENGTH,
            header("grpc-status"),
            header("grpc-message"),
            header("grpc-status-details-bin"),
            header("grpc-encoding"),
            RETRY_AFTER,
            REQUEST_ID,
        ])
}
