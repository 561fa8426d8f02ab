//! Whether a token whose origin is beyond doubt is for us, and now; and who it then stands for.

use ringtrue_core::{
    UserId,
    access::{Actor, Subject},
    port::Identity,
};
use time::{Duration, OffsetDateTime};

use crate::{
    claims::{Claims, NoInstant},
    config::IssuerConfig,
};

/// What a claim that may be absent is taken for when it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Absent {
    /// Wrong: nothing else vouches for it.
    Refused,
    /// Right: the issuer has been asked about this very token, and vouches for it.
    Accepted,
}

/// Why a token is refused; for the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Refused(pub(crate) &'static str);

impl IssuerConfig {
    /// The clock's tolerance.
    fn skew(&self) -> Duration {
        Duration::try_from(self.clock_skew).unwrap_or(Duration::ZERO)
    }

    /// Checks the claims of RFC 7519 §4.1 and gives the identity.
    pub(crate) fn identity(
        &self,
        claims: &Claims,
        absent: Absent,
        now: OffsetDateTime,
    ) -> Result<Identity, Refused> {
        let may_be_absent = absent == Absent::Accepted;
        let said = claims.has("iss") || !may_be_absent;
        if said && claims.text("iss") != Some(&*self.issuer) {
            return Err(Refused("it is of another issuer"));
        }
        let for_us = match claims.texts("aud") {
            Some(audiences) => audiences
                .into_iter()
                .any(|audience| self.audiences.contain(audience)),
            None => may_be_absent && !claims.has("aud"),
        };
        if !for_us {
            return Err(Refused(
                "it is meant for others: compare its aud with the audience that is configured",
            ));
        }
        let end = match claims.instant("exp") {
            Ok(Some(end)) => Some(end.checked_add(self.skew()).unwrap_or(end)),
            Ok(None) if may_be_absent => None,
            _ => return Err(Refused("it has no end")),
        };
        if end.is_some_and(|end| end <= now) {
            return Err(Refused("it has expired"));
        }
        for claim in ["nbf", "iat"] {
            match claims.instant(claim) {
                Ok(None) => {}
                Ok(Some(begin)) if begin <= now + self.skew() => {}
                Ok(Some(_)) => return Err(Refused("it is not valid yet")),
                Err(NoInstant) => return Err(Refused("it begins at no time that there is")),
            }
        }
        if claims.has("act") {
            // As the peer has it: whoever acts as another does so at the issuer, not here.
            return Err(Refused("its holder acts as somebody else"));
        }
        let user = claims.text("sub").and_then(|id| UserId::parse(id).ok());
        let user = user.ok_or(Refused("its subject is no user's id"))?;
        Ok(Identity {
            actor: Actor {
                subject: Subject::User(user),
                grants: self.roles.grants(claims),
            },
            expires_at: end,
        })
    }
}
