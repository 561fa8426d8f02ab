//! Asking an issuer for its documents.

use std::{sync::Arc, time::Duration};

use reqwest::{Client, Url, header};
use ringtrue_outbound::{self as outbound, Timeouts};
use serde::Deserialize;

use crate::config::endpoint_url;

/// How much of a document is read. Those with certificates in them have some ten kilobytes.
const DOCUMENT_LEN_MAX: usize = 256 << 10;
/// A caller waits for this.
pub(crate) const TIMEOUTS: Timeouts = Timeouts {
    connect: Duration::from_secs(3),
    total: Duration::from_secs(5),
};

/// Why there is no document. What the issuer sent is not in it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FetchError {
    /// No answer.
    #[error("the issuer does not answer: {0}")]
    Lost(String),
    /// An answer other than 200.
    #[error("the issuer answers with status {0}")]
    Status(u16),
    /// The answer broke off, or is too long.
    #[error("the issuer's answer breaks off, or is too long")]
    Broken,
    /// The answer is something else.
    #[error("the issuer's answer is not {0}")]
    Garbled(&'static str),
    /// The document is another issuer's.
    #[error(
        "the discovery document is of another issuer: auth.issuers[].issuer has to be written as it is there"
    )]
    OtherIssuer,
    /// There is no discovery of where to ask about tokens.
    #[error("the issuer names no introspection_endpoint: set it in auth.issuers[]")]
    NoIntrospection,
    /// As many questions as are allowed are on their way.
    #[error("too many tokens are being asked about at once")]
    TooMany,
}

/// What is needed of OpenID Connect Discovery's document.
#[derive(Debug, Deserialize)]
pub(crate) struct Discovery {
    issuer: String,
    jwks_uri: String,
    introspection_endpoint: Option<String>,
}

impl Discovery {
    fn keys(&self) -> Result<Url, FetchError> {
        checked(&self.jwks_uri)
    }

    pub(crate) fn introspection(&self) -> Result<Url, FetchError> {
        let endpoint = self.introspection_endpoint.as_deref();
        checked(endpoint.ok_or(FetchError::NoIntrospection)?)
    }
}

/// The issuer's server.
#[derive(Debug, Clone)]
pub(crate) struct IssuerServer {
    client: Client,
    issuer: Arc<str>,
}

impl IssuerServer {
    pub(crate) fn new(issuer: &str, url: &Url) -> Result<Self, reqwest::Error> {
        Ok(Self {
            client: outbound::client(url, TIMEOUTS)?,
            issuer: issuer.into(),
        })
    }

    /// The discovery document; one of another issuer is refused (OpenID Connect Discovery 1.0 §4.3).
    pub(crate) async fn discover(&self) -> Result<Discovery, FetchError> {
        let issuer = self.issuer.trim_end_matches('/');
        let url = checked(&format!("{issuer}/.well-known/openid-configuration"))?;
        let document = self.get(url).await?;
        let document: Discovery =
            serde_json::from_slice(&document).map_err(|_| FetchError::Garbled("a discovery document"))?;
        if document.issuer != *self.issuer {
            return Err(FetchError::OtherIssuer);
        }
        Ok(document)
    }

    /// The issuer's key set, as bytes.
    pub(crate) async fn keys(&self) -> Result<Vec<u8>, FetchError> {
        let discovery = self.discover().await?;
        self.get(discovery.keys()?).await
    }

    async fn get(&self, url: Url) -> Result<Vec<u8>, FetchError> {
        let request = self.client.get(url).header(header::ACCEPT, "application/json");
        answered(request).await
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }
}

/// Sends a request and reads the body of a 200.
pub(crate) async fn answered(request: reqwest::RequestBuilder) -> Result<Vec<u8>, FetchError> {
    let response = request.send().await;
    let response = response.map_err(|error| FetchError::Lost(outbound::chain(error)))?;
    let status = response.status();
    if status != reqwest::StatusCode::OK {
        return Err(FetchError::Status(status.as_u16()));
    }
    outbound::read(response, DOCUMENT_LEN_MAX)
        .await
        .ok_or(FetchError::Broken)
}

/// What the issuer names has to be as safe to reach as the issuer.
fn checked(url: &str) -> Result<Url, FetchError> {
    endpoint_url(url).map_err(|_| FetchError::Garbled("a document with https URLs"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn discovery(endpoint: &str) -> Discovery {
        Discovery {
            issuer: "https://login.example.com".to_owned(),
            jwks_uri: endpoint.to_owned(),
            introspection_endpoint: Some(endpoint.to_owned()),
        }
    }

    #[test]
    fn what_an_issuer_names_may_have_a_query_and_neither_credentials_nor_listeners() {
        let url = "https://login.example.com/keys?p=b2c_1_sign_in";
        let named = discovery(url);
        assert_eq!(named.keys().unwrap().as_str(), url);
        assert_eq!(named.introspection().unwrap().as_str(), url);
        for bad in [
            "https://:pw@login.example.com",
            "http://login.example.com/keys",
            "keys",
        ] {
            assert!(discovery(bad).keys().is_err(), "{bad}");
            assert!(discovery(bad).introspection().is_err(), "{bad}");
        }
    }
}
