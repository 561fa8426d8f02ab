//! `Idempotency-Key`: a header, which is metadata on gRPC, that every write takes.

use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue};
use prost::Message as _;
use ringtrue_core::idempotency::{Begun, Call, IdempotencyKey, IdempotencyKeyError};
use zeroize::Zeroizing;

use crate::{
    app::App,
    authenticate::{Caller, OrgHeader},
    error::{Failure, IdempotencyFailure},
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
        Begun::InFlight => Err(IdempotencyFailure::InFlight.into()),
        Begun::OtherPayload => Err(IdempotencyFailure::Reused.into()),
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
        (None, _) if app.idempotency.rules().required => return Err(IdempotencyFailure::Missing.into()),
        (None, _) => return Ok(None),
        (Some(value), None) => value,
        // Of two, one would be dropped.
        (Some(_), Some(_)) => return Err(IdempotencyFailure::Twice.into()),
    };
    Ok(Some(read(value).map_err(IdempotencyFailure::Malformed)?))
}

/// Reads one header. What is not ASCII is in no key; whether it stands in quotes decides only what is said about it.
fn read(value: &HeaderValue) -> Result<IdempotencyKey, IdempotencyKeyError> {
    IdempotencyKey::parse(&String::from_utf8_lossy(value.as_bytes()))
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

    #[test]
    fn what_is_not_ascii_is_refused_in_quotes_for_what_quotes_may_hold() {
        for (bytes, error) in [
            ("\"é\"".as_bytes(), IdempotencyKeyError::Quoted),
            (b"\"\xe9\"", IdempotencyKeyError::Quoted),
            ("é".as_bytes(), IdempotencyKeyError::Bare),
            (b"\xe9", IdempotencyKeyError::Bare),
        ] {
            let value = HeaderValue::from_bytes(bytes).unwrap();
            assert_eq!(read(&value), Err(error), "{value:?}");
        }
    }
}
