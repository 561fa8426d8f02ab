//! The way of every call: decode, authenticate, validate, call (once, under a key), encode.

use std::{future::Future, pin::Pin, sync::Arc};

use bytes::Bytes;
use http::HeaderMap;
use ringtrue_proto::json::{self, EmptyBody};
use tracing::{Instrument as _, Span, info};

use crate::{
    app::App,
    authenticate::authenticate,
    error::{Failure, Problem},
    idempotency,
    method::Method,
    surface::{Messages, Rpc, Version},
};

/// A call as a protocol hands it in.
pub(crate) struct Incoming {
    /// Headers, which are metadata on gRPC.
    pub(crate) headers: HeaderMap,
    /// The body.
    pub(crate) body: Bytes,
    /// How body and answer are written.
    pub(crate) encoding: Encoding,
    /// The user that a REST path names. It wins over the one in the body.
    pub(crate) user_id: Option<String>,
}

/// How a body is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// JSON as REST takes it: an empty body is an empty message.
    RestJson,
    /// JSON as Connect takes it: an empty body is an error.
    ConnectJson,
    /// Protobuf.
    Protobuf,
}

/// What carries out a method.
pub(crate) type Handler = fn(Arc<App>, Version, Arc<Messages>, Incoming) -> Answering;

/// A call on its way.
pub(crate) type Answering = Pin<Box<dyn Future<Output = Result<Vec<u8>, Failure>> + Send>>;

/// Carries a call out.
///
/// It runs as a task of its own. A caller that goes away, or a deadline that passes, drops the wait and not the work: what
/// was begun is carried through, and no commit is left without the bookkeeping that follows it. A panic ends the task and
/// nothing else.
pub(crate) async fn answer(app: &Arc<App>, rpc: &Arc<Rpc>, incoming: Incoming) -> Result<Vec<u8>, Problem> {
    let work = match &rpc.implementation {
        Some(it) => (it.handler)(app.clone(), rpc.version, it.messages.clone(), incoming),
        None => Box::pin(decline(app.clone(), rpc.clone(), incoming)),
    };
    let answer = match tokio::spawn(work.instrument(Span::current())).await {
        Ok(answer) => answer,
        Err(_) => Err(Failure::Panicked),
    };
    answer
        .inspect(|_| info!(rpc.method = rpc.name, rpc.code = 0, "answered"))
        .map_err(|failure| {
            let problem = Problem::of(&failure, app.clock.now());
            info!(
                rpc.method = rpc.name,
                rpc.code = problem.code as i32,
                error.id = problem.id,
                "refused"
            );
            problem
        })
}

/// The way of a call to `M`.
pub(crate) fn handle<M: Method>(
    app: Arc<App>,
    version: Version,
    messages: Arc<Messages>,
    incoming: Incoming,
) -> Answering {
    Box::pin(async move {
        let mut request = decode::<M>(&messages, &incoming)?;
        if let Some(user) = incoming.user_id {
            M::name_user(&mut request, user);
        }
        let caller = authenticate(&app, &incoming.headers).await?;
        M::validate(&request, version)?;
        let response = idempotency::call::<M>(&app, version, &incoming.headers, &caller, request).await?;
        match incoming.encoding {
            Encoding::Protobuf => Ok(prost::Message::encode_to_vec(&response)),
            Encoding::RestJson | Encoding::ConnectJson => {
                json::to_json(&messages.output, &response).map_err(Failure::Answer)
            }
        }
    })
}

/// The way of a call to a method that is not implemented: strangers are not told even that.
async fn decline(app: Arc<App>, rpc: Arc<Rpc>, incoming: Incoming) -> Result<Vec<u8>, Failure> {
    authenticate(&app, &incoming.headers).await?;
    Err(Failure::MethodUnimplemented(rpc.name.clone()))
}

fn decode<M: Method>(messages: &Messages, incoming: &Incoming) -> Result<M::Request, Failure> {
    let body = &incoming.body;
    match incoming.encoding {
        Encoding::Protobuf => prost::Message::decode(body.clone()).map_err(|_| Failure::Protobuf),
        Encoding::RestJson => {
            json::from_json(&messages.input, body, EmptyBody::Accept).map_err(Failure::RestBody)
        }
        Encoding::ConnectJson => {
            json::from_json(&messages.input, body, EmptyBody::Refuse).map_err(|source| Failure::ConnectBody {
                package: package(<M::Request as prost::Name>::PACKAGE),
                message: <M::Request as prost::Name>::NAME,
                source,
            })
        }
    }
}

/// `user` of `zitadel.user.v2`.
fn package(full: &'static str) -> &'static str {
    full.split('.').nth(1).unwrap_or(full)
}
