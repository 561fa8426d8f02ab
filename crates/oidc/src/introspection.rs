//! Opaque tokens: their issuer is asked about each.

use std::{fmt, sync::Arc};

use async_trait::async_trait;
use reqwest::{Url, header};
use ringtrue_core::{
    port::{Clock, Identity, IdentityError, IdentityProvider},
    token::AccessToken,
};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::Semaphore;
use tracing::debug;

use crate::{
    checks::{Absent, Refused},
    claims::Claims,
    config::{IssuerConfig, IssuerProblem, endpoint_url, issuer_url},
    fetch::{self, Discovery, FetchError, IssuerServer},
    jwt::TOKEN_LEN_MAX,
    remembered::Remembered,
};

/// How many tokens an issuer is asked about at once; a stranger can make up any number.
const AT_ONCE_MAX: usize = 64;

/// As whom an issuer is asked, and where.
#[derive(Debug, Clone)]
pub struct IntrospectionConfig {
    /// The client that asks, as the issuer knows it.
    pub client_id: String,
    /// Its secret.
    pub client_secret: SecretString,
    /// Where to ask; `None`: where the discovery document says.
    pub endpoint: Option<String>,
}

/// Asks an issuer about every token (RFC 7662).
///
/// It remembers nothing of tokens: that is for whoever stands before it. More than 64 questions at once, or no answer,
/// is [`IdentityError::Unavailable`].
pub struct Introspection {
    clock: Arc<dyn Clock>,
    issuer: IssuerConfig,
    access: IntrospectionConfig,
    endpoint: Option<Url>,
    server: IssuerServer,
    discovery: Remembered<Discovery>,
    room: Semaphore,
}

impl fmt::Debug for Introspection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Introspection({})", self.issuer.issuer)
    }
}

impl Introspection {
    /// Asks this issuer; nothing is asked yet.
    pub fn new(
        issuer: IssuerConfig,
        access: IntrospectionConfig,
        clock: &Arc<dyn Clock>,
    ) -> Result<Self, IssuerProblem> {
        let url = issuer_url(&issuer.issuer)?;
        Ok(Self {
            clock: Arc::clone(clock),
            endpoint: access.endpoint.as_deref().map(endpoint_url).transpose()?,
            server: IssuerServer::new(&issuer.issuer, &url).map_err(|_| IssuerProblem::Url)?,
            discovery: Remembered::new(Arc::clone(clock), issuer.keys_lifetime),
            room: Semaphore::new(AT_ONCE_MAX),
            issuer,
            access,
        })
    }

    async fn ask(&self, token: &str) -> Result<Vec<u8>, Arc<FetchError>> {
        let room = self.room.try_acquire();
        let _room = room.map_err(|_| Arc::new(FetchError::TooMany))?;
        let endpoint = if let Some(url) = &self.endpoint {
            url.clone()
        } else {
            let discovery = self.discovery.get(|_| true, || self.server.discover()).await?;
            discovery.introspection().map_err(Arc::new)?
        };
        let request = self
            .server
            .client()
            .post(endpoint)
            .basic_auth(
                form_encoded(&self.access.client_id),
                Some(form_encoded(self.access.client_secret.expose_secret())),
            )
            .header(header::ACCEPT, "application/json")
            .form(&[("token", token), ("token_type_hint", "access_token")]);
        fetch::answered(request).await.map_err(Arc::new)
    }

    fn identity(&self, answer: &[u8]) -> Result<Identity, Refused> {
        let claims = Claims::read(answer).ok_or(Refused("the answer is no JSON object"))?;
        if claims.flag("active") != Some(true) {
            return Err(Refused("it is not active"));
        }
        self.issuer.identity(&claims, Absent::Accepted, self.clock.now())
    }
}

#[async_trait]
impl IdentityProvider for Introspection {
    async fn identify(&self, token: &AccessToken) -> Result<Identity, IdentityError> {
        let text = token.reveal();
        if text.len() > TOKEN_LEN_MAX {
            return Err(IdentityError::Invalid);
        }
        let answer = self
            .ask(text)
            .await
            .map_err(|error| IdentityError::Unavailable(error))?;
        self.identity(&answer).map_err(|Refused(reason)| {
            debug!(reason, "a token is refused");
            IdentityError::Invalid
        })
    }
}

/// Name and secret are encoded like a form's before they are put together (RFC 6749 §2.3.1).
fn form_encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}
