//! Signed JWTs.

use std::sync::Arc;

use async_trait::async_trait;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::Algorithm;
use ringtrue_core::{
    port::{Clock, Identity, IdentityError, IdentityProvider},
    token::AccessToken,
};
use tracing::{debug, warn};

use crate::{
    checks::{Absent, Refused},
    claims::Claims,
    config::{IssuerConfig, IssuerProblem, issuer_url},
    fetch::{FetchError, IssuerServer},
    keys::KeySet,
    remembered::Remembered,
};

/// The longest token that is looked at.
pub(crate) const TOKEN_LEN_MAX: usize = 16 << 10;

/// Checks JWTs by the keys that their issuers publish.
///
/// - The algorithm is one of those that are configured, and one that the key is for; the key is the one that the token names.
/// - Keys are fetched when they are first needed, again after their lifetime, and when a token names one that is not known,
///   by one caller at a time and not more often than every five seconds.
/// - Keys that are used in the second half of their lifetime are fetched anew in the background, so that nobody waits.
/// - While an issuer does not answer, the keys that are known are good for another day; a token with another key is
///   [`IdentityError::Unavailable`].
pub struct JwtIssuers {
    clock: Arc<dyn Clock>,
    issuers: Vec<Arc<Issuer>>,
}

struct Issuer {
    config: IssuerConfig,
    server: IssuerServer,
    keys: Remembered<KeySet>,
}

/// A JWT, taken apart.
struct Parts<'a> {
    algorithm: Algorithm,
    key_id: Option<String>,
    /// What is signed.
    message: &'a str,
    signature: &'a str,
    claims: Claims,
}

impl JwtIssuers {
    /// Trusts these issuers; nothing is asked yet.
    pub fn new(issuers: Vec<IssuerConfig>, clock: &Arc<dyn Clock>) -> Result<Self, IssuerProblem> {
        let issuers = issuers.into_iter().map(|config| {
            let url = issuer_url(&config.issuer)?;
            let server = IssuerServer::new(&config.issuer, &url).map_err(|_| IssuerProblem::Url)?;
            let keys = Remembered::new(Arc::clone(clock), config.keys_lifetime);
            Ok(Arc::new(Issuer { config, server, keys }))
        });
        Ok(Self {
            issuers: issuers.collect::<Result<_, _>>()?,
            clock: Arc::clone(clock),
        })
    }

    /// Fetches the keys of all issuers, so that the first callers need not wait, and the log tells whether they can be had.
    pub async fn warm_up(&self) {
        for issuer in &self.issuers {
            let _ = issuer.keys(None).await;
        }
    }

    async fn check(&self, token: &str) -> Result<Result<Identity, Refused>, IdentityError> {
        let parts = match Parts::of(token) {
            Ok(parts) => parts,
            Err(refused) => return Ok(Err(refused)),
        };
        let named = parts.claims.text("iss");
        let issuer = self
            .issuers
            .iter()
            .find(|issuer| Some(&*issuer.config.issuer) == named);
        let Some(issuer) = issuer else {
            return Ok(Err(Refused("it is of an issuer that is not trusted")));
        };
        let allowed = &issuer.config.algorithms;
        if !allowed.iter().any(|allowed| allowed.0 == parts.algorithm) {
            return Ok(Err(Refused("it is signed with an algorithm that is not allowed")));
        }
        let key_id = parts.key_id.as_deref();
        let keys = issuer.keys(key_id).await?;
        if !keys.verify(key_id, parts.algorithm, parts.message, parts.signature) {
            return Ok(Err(Refused("none of the issuer's keys of that name signed it")));
        }
        let now = self.clock.now();
        Ok(issuer.config.identity(&parts.claims, Absent::Refused, now))
    }
}

#[async_trait]
impl IdentityProvider for JwtIssuers {
    async fn identify(&self, token: &AccessToken) -> Result<Identity, IdentityError> {
        self.check(token.reveal()).await?.map_err(|Refused(reason)| {
            debug!(reason, "an identity token is refused");
            IdentityError::Invalid
        })
    }
}

impl Issuer {
    /// The issuer's keys, with one of that name if there is one.
    async fn keys(self: &Arc<Self>, id: Option<&str>) -> Result<Arc<KeySet>, IdentityError> {
        if self.keys.is_ageing() {
            let issuer = Arc::clone(self);
            tokio::spawn(async move { issuer.keys.renew(|| issuer.fetch()).await });
        }
        let keys = self.keys.get(|keys| keys.has(id), || self.fetch()).await;
        keys.map_err(|error| IdentityError::Unavailable(error))
    }

    async fn fetch(&self) -> Result<KeySet, FetchError> {
        let fetched = self.server.keys().await;
        let keys = fetched.and_then(|json| KeySet::read(&json).ok_or(FetchError::Garbled("a set of keys")));
        keys.inspect_err(|error| {
            let issuer = &self.config.issuer;
            warn!(
                issuer,
                error = error as &dyn std::error::Error,
                "could not fetch an issuer's keys"
            );
        })
    }
}

impl<'a> Parts<'a> {
    fn of(token: &'a str) -> Result<Self, Refused> {
        const NO_JWT: Refused = Refused("it is no JWT");
        if token.len() > TOKEN_LEN_MAX {
            return Err(Refused("it is too long"));
        }
        let (message, signature) = token.rsplit_once('.').ok_or(NO_JWT)?;
        let (_, payload) = message.split_once('.').ok_or(NO_JWT)?;
        // Names that stand twice and algorithms that sign nothing fail here.
        let header = jsonwebtoken::decode_header(token)
            .map_err(|_| Refused("its header is none, or names an algorithm that is not known"))?;
        if header.crit.is_some() {
            // RFC 7515 §4.1.11: what has to be understood and is not, refuses the token.
            return Err(Refused("its header has extensions that have to be understood"));
        }
        let payload = URL_SAFE_NO_PAD.decode(payload).map_err(|_| NO_JWT)?;
        let claims =
            Claims::read(&payload).ok_or(Refused("its claims are no JSON object, or one stands twice"))?;
        Ok(Self {
            algorithm: header.alg,
            key_id: header.kid,
            message,
            signature,
            claims,
        })
    }
}
