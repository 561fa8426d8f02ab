//! `Idempotency-Key`: a header, which is metadata on gRPC, that every write takes.

use std::sync::Arc;

use http::{HeaderMap, HeaderName};
use prost::Message as _;
use ringtrue_core::idempotency::{Begun, Call, IdempotencyKey};
use zeroize::Zeroizing;

use crate::{
    app::App,
    authenticate::{Caller, OrgHeader},
    error::{Failure, KeyFailure},
    method::Method,
    surface::Version,
};

/// The header.
pub(crate) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// Calls a method, at most once for each key.
pub(crate) async fn call<M: Method>(
    app: &App,
    version: Version,
    headers: &HeaderMap,
    caller: &Caller,
    request: M::Request,
) -> Result<M::Response, Failure> {
    match key::<M>(app, headers)? {
        None => M::call(app, caller, request).await,
        // In a place of its own, so that calls without a key carry nothing of it.
        Some(key) => Box::pin(under::<M>(app, version, key, caller, request)).await,
    }
}

async fn under<M: Method>(
    app: &App,
    version: Version,
    key: IdempotencyKey,
    caller: &Caller,
    request: M::Request,
) -> Result<M::Response, Failure> {
    let call = begin::<M>(app, version, key, caller, &request).await?;
    let app = App {
        users: Arc::new(app.users.under(Arc::clone(&call))),
        organizations: Arc::new(app.organizations.under(Arc::clone(&call))),
        ..app.clone()
    };
    let answer = M::call(&app, caller, request).await;
    call.end().await;
    answer
}

async fn begin<M: Method>(
    app: &App,
    version: Version,
    key: IdempotencyKey,
    caller: &Caller,
    request: &M::Request,
) -> Result<Arc<Call>, Failure> {
    let operation = operation(version, M::SERVICE, M::NAME);
    let payload = payload::<M>(caller, request);
    let begun = app
        .idempotency
        .begin(&caller.actor.subject, &operation, &key, &payload);
    match begun.await? {
        Begun::Call(call) => Ok(call),
        Begun::InFlight => Err(KeyFailure::InFlight.into()),
        Begun::OtherPayload => Err(KeyFailure::Reused.into()),
    }
}

/// What a key is for, besides its caller: `V2/UserService/SetPhone`.
fn operation(version: Version, service: &str, method: &str) -> String {
    format!("{}/{service}/{method}", version.as_str())
}

/// The key that the headers give. A read has none, whatever they say.
fn key<M: Method>(app: &App, headers: &HeaderMap) -> Result<Option<IdempotencyKey>, Failure> {
    if M::READS {
        return Ok(None);
    }
    let mut values = headers.get_all(IDEMPOTENCY_KEY).iter();
    let value = match (values.next(), values.next()) {
        (None, _) if app.idempotency.rules().required => return Err(KeyFailure::Missing.into()),
        (None, _) => return Ok(None),
        (Some(value), None) => value,
        // Of two, one would be dropped.
        (Some(_), Some(_)) => return Err(KeyFailure::Twice.into()),
    };
    // What is not ASCII is no key, whatever it was meant to be.
    let text = value.to_str().unwrap_or("\u{fffd}");
    let key = IdempotencyKey::parse(text).map_err(KeyFailure::Malformed)?;
    Ok(Some(key))
}

/// All that a call asks for, the same for every protocol: the request in protobuf, and the organisation in the header.
fn payload<M: Method>(caller: &Caller, request: &M::Request) -> Zeroizing<Vec<u8>> {
    let (kind, organization): (u8, &str) = match &caller.organization {
        OrgHeader::Absent => (0, ""),
        OrgHeader::Names(id) => (1, id.as_str()),
        OrgHeader::Unusable => (2, ""),
    };
    let mut bytes = Zeroizing::new(Vec::with_capacity(
        16 + organization.len() + request.encoded_len(),
    ));
    bytes.push(kind);
    bytes.extend_from_slice(&(organization.len() as u64).to_be_bytes());
    bytes.extend_from_slice(organization.as_bytes());
    bytes.extend_from_slice(&Zeroizing::new(request.encode_to_vec()));
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operation_is_named_as_the_answers_that_are_kept_know_it() {
        for (version, named) in [
            (Version::V2, "V2/UserService/SetPhone"),
            (Version::V2Beta, "V2Beta/UserService/SetPhone"),
        ] {
            assert_eq!(operation(version, "UserService", "SetPhone"), named);
        }
    }
}
