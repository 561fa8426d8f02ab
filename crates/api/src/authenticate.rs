//! Who calls.

use http::{HeaderMap, HeaderName, header::AUTHORIZATION};
use ringtrue_core::{OrgId, access::Actor, token::AccessToken};

use crate::{app::App, error::Failure};

/// The header that names the organisation in which the caller acts.
pub(crate) const ORGANIZATION: HeaderName = HeaderName::from_static("x-zitadel-orgid");

/// An authenticated caller, and what the call says about them.
pub(crate) struct Caller {
    /// Who it is.
    pub(crate) actor: Actor,
    /// The organisation that they act in, in `x-zitadel-orgid`.
    pub(crate) organization: OrgHeader,
}

/// What `x-zitadel-orgid` says.
pub(crate) enum OrgHeader {
    /// There is none.
    Absent,
    /// This.
    Names(OrgId),
    /// Something that is the id of no organisation.
    Unusable,
}

impl OrgHeader {
    fn of(headers: &HeaderMap) -> Self {
        let mut values = headers.get_all(ORGANIZATION).iter();
        let value = match (values.next(), values.next()) {
            (None, _) => return Self::Absent,
            // Clients that have no organisation to name send an empty header.
            (Some(value), None) if value.as_bytes().trim_ascii().is_empty() => return Self::Absent,
            (Some(value), None) => value,
            // Of two, one would be dropped.
            (Some(_), Some(_)) => return Self::Unusable,
        };
        let id = value.to_str().ok().and_then(|id| OrgId::parse(id).ok());
        id.map_or(Self::Unusable, Self::Names)
    }
}

/// Finds out who calls, in the terms of `contract.md` 4. Metadata of gRPC are headers too.
pub(crate) async fn authenticate(app: &App, headers: &HeaderMap) -> Result<Caller, Failure> {
    let header = headers.get(AUTHORIZATION).ok_or(Failure::TokenMissing)?;
    let token = header
        .to_str()
        .ok()
        .and_then(|value| value.strip_prefix("Bearer "))
        .filter(|token| !token.is_empty())
        .ok_or(Failure::TokenMalformed)?;
    let actor = app.authenticator.authenticate(&AccessToken::new(token)).await?;
    let organization = OrgHeader::of(headers);
    Ok(Caller { actor, organization })
}
