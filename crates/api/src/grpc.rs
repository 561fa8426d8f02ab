//! gRPC over HTTP/2, and gRPC-Web in binary and in text, with health and reflection.

mod codec;
mod health;

use std::sync::Arc;

use axum::{Router, extract::State, handler::Handler as _, response::IntoResponse as _};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use tonic::{
    Code, Request, Response, Status,
    body::Body,
    codec::CompressionEncoding,
    metadata::MetadataMap,
    server::{Grpc, UnaryService},
    service::Routes,
};
use tonic_health::pb::health_server::HealthServer;
use tonic_reflection::server::Builder as Reflection;

use crate::{
    app::App,
    compression::{Coding, LEN_MIN},
    deadline::{TimeoutHeader, allowance, within},
    error::{Failure, Problem},
    pipeline::{Encoding, Incoming, answer},
    surface::{Named, Rpc, Surface},
};

/// The services of gRPC on their paths, for requests whose content type is one that [`normalised`] gives.
pub(crate) fn router(app: Arc<App>, surface: Arc<Surface>) -> Router {
    let mut services = Routes::builder();
    services.add_service(HealthServer::new(health::Health::new(app.clone())));
    let reflection = || {
        Reflection::configure()
            .register_encoded_file_descriptor_set(ringtrue_proto::DESCRIPTOR_SET)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
    };
    // The descriptors are those that the compiler checked: the builder has nothing to refuse.
    if let Ok(service) = reflection().build_v1() {
        services.add_service(service);
    }
    if let Ok(service) = reflection().build_v1alpha() {
        services.add_service(service);
    }
    services
        .routes()
        .into_axum_router()
        .fallback_service(dispatch.with_state((app, surface)))
        .layer(tonic_web::GrpcWebLayer::new())
}

/// The content type as tonic-web wants it, exactly, if it is one of gRPC's; anything else it answers without a status.
pub(crate) fn normalised(content_type: &str) -> Option<HeaderValue> {
    const KNOWN: [&str; 6] = [
        "application/grpc",
        "application/grpc+proto",
        "application/grpc-web",
        "application/grpc-web+proto",
        "application/grpc-web-text",
        "application/grpc-web-text+proto",
    ];
    let known = KNOWN.into_iter().find(|&known| known == content_type)?;
    Some(HeaderValue::from_static(known))
}

/// Whether a content type is that of gRPC-Web.
pub(crate) fn is_web(content_type: &str) -> bool {
    content_type.starts_with("application/grpc-web")
}

async fn dispatch(
    State((app, surface)): State<(Arc<App>, Arc<Surface>)>,
    request: axum::extract::Request,
) -> axum::response::Response {
    let fail = |failure: Failure| {
        let status = status(&Problem::of(&failure, app.clock.now()));
        status.into_http::<Body>().into_response()
    };
    let Named::Method(rpc) = surface.find(request.uri().path()) else {
        return fail(Failure::MethodUnknown);
    };
    let allowance = match allowance(request.headers(), TimeoutHeader::Grpc, &app.limits) {
        Ok(allowance) => allowance,
        Err(failure) => return fail(failure),
    };
    let Some(coding) = coding(request.headers()) else {
        let mut refused = fail(Failure::MessageCoding);
        let understood = HeaderValue::from_static("gzip,identity");
        refused.headers_mut().insert("grpc-accept-encoding", understood);
        return refused;
    };
    let max = app.limits.body_bytes_max;
    let mut server = Grpc::new(codec::Raw)
        .max_decoding_message_size(max)
        .accept_compressed(CompressionEncoding::Gzip);
    if rpc.reads() {
        server = server.send_compressed(CompressionEncoding::Gzip);
    }
    let call = Call {
        app: app.clone(),
        rpc,
    };
    match within(allowance, server.unary(call, request.map(Body::new))).await {
        Err(failure) => fail(failure),
        Ok(response) => match code_of_tonic(&response) {
            // A message over the limit, before it was decompressed or after.
            Some(Code::OutOfRange | Code::ResourceExhausted) => fail(Failure::BodyTooLarge(max)),
            Some(Code::Internal) if coding == Coding::Gzip => fail(Failure::NotGzip),
            _ => response.into_response(),
        },
    }
}

/// How messages are encoded; none: in a way that is not understood here.
fn coding(headers: &HeaderMap) -> Option<Coding> {
    match headers.get("grpc-encoding").map(HeaderValue::as_bytes) {
        None | Some(b"identity") => Some(Coding::Identity),
        Some(b"gzip") => Some(Coding::Gzip),
        Some(_) => None,
    }
}

/// The code of a response that failed before the call began, and so in tonic's words: what we refuse with these codes has
/// an id, and so details.
fn code_of_tonic(response: &http::Response<Body>) -> Option<Code> {
    let status = response.headers().get("grpc-status")?;
    let ours = response.headers().contains_key("grpc-status-details-bin");
    (!ours).then(|| Code::from_bytes(status.as_bytes()))
}

/// A call to one method, for tonic to frame.
struct Call {
    app: Arc<App>,
    rpc: Arc<Rpc>,
}

impl UnaryService<Bytes> for Call {
    type Response = Vec<u8>;
    type Future = std::pin::Pin<Box<dyn Future<Output = Result<Response<Vec<u8>>, Status>> + Send>>;

    fn call(&mut self, request: Request<Bytes>) -> Self::Future {
        let (app, rpc) = (self.app.clone(), self.rpc.clone());
        let (metadata, _, body) = request.into_parts();
        let incoming = Incoming {
            headers: metadata.into_headers(),
            body,
            encoding: Encoding::Protobuf,
            user_id: None,
        };
        Box::pin(async move {
            match answer(&app, &rpc, incoming).await {
                Ok(message) => {
                    let short = message.len() < LEN_MIN;
                    let mut response = Response::new(message);
                    if short {
                        response.disable_compression();
                    }
                    Ok(response)
                }
                Err(problem) => Err(status(&problem)),
            }
        })
    }
}

/// An error as gRPC tells it: the details go to `grpc-status-details-bin`.
fn status(problem: &Problem) -> Status {
    let mut metadata = MetadataMap::new();
    if let Some(seconds) = problem.retry_after {
        metadata.insert("retry-after", seconds.into());
    }
    let details = if problem.details().is_empty() {
        Bytes::new()
    } else {
        problem.rpc_status().into()
    };
    Status::with_details_and_metadata(problem.code, problem.message(), details, metadata)
}
