//! Who calls.

use http::{HeaderMap, header::AUTHORIZATION};
use ringtrue_core::{access::Actor, token::AccessToken};

use crate::{app::App, error::Failure};

/// An authenticated caller, and what the call says about them.
pub(crate) struct Caller {
    /// Who it is.
    pub(crate) actor: Actor,
    /// The organisation that they act in, if they said: `x-zitadel-orgid`.
    pub(crate) organization: Option<String>,
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
    let organization = headers
        .get("x-zitadel-orgid")
        .and_then(|id| id.to_str().ok())
        .filter(|id| !id.is_empty())
        .map(str::to_owned);
    Ok(Caller { actor, organization })
}
