//! Encrypted connections, with a certificate that can be exchanged while they last.

use std::{
    fmt,
    sync::{Arc, PoisonError, RwLock},
};

use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::{CryptoProvider, aws_lc_rs},
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
        server::{ClientHello, ResolvesServerCert},
        sign::CertifiedKey,
    },
};

/// Why a certificate cannot be used. `Display` shows nothing of the key.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// No chain of certificates.
    #[error("the certificate is not PEM with at least one CERTIFICATE")]
    Certificate,
    /// No private key.
    #[error("the key is not PEM with a PRIVATE KEY")]
    Key,
    /// They do not belong together, or are of a kind that is not supported.
    #[error("certificate and key do not belong together, or are of a kind that is not supported")]
    Pair(#[source] tokio_rustls::rustls::Error),
}

/// TLS 1.2 and 1.3, with HTTP/2 and HTTP/1.1 by ALPN. Cloning shares the certificate.
#[derive(Clone)]
pub struct Tls {
    config: Arc<ServerConfig>,
    current: Arc<Current>,
}

/// The certificate for whoever connects next.
struct Current(RwLock<Arc<CertifiedKey>>);

impl Tls {
    /// Uses a chain of certificates, the server's own first, and its key, both in PEM.
    pub fn new(certificate: &[u8], key: &[u8]) -> Result<Self, TlsError> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let current = Arc::new(Current(RwLock::new(certified(&provider, certificate, key)?)));
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(TlsError::Pair)?
            .with_no_client_auth()
            .with_cert_resolver(current.clone());
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Self {
            config: Arc::new(config),
            current,
        })
    }

    /// Uses another certificate from the next connection on; those that stand keep theirs. One that cannot be used changes
    /// nothing.
    pub fn replace(&self, certificate: &[u8], key: &[u8]) -> Result<(), TlsError> {
        let next = certified(self.config.crypto_provider(), certificate, key)?;
        *self.current.0.write().unwrap_or_else(PoisonError::into_inner) = next;
        Ok(())
    }

    pub(super) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(Arc::clone(&self.config))
    }
}

fn certified(
    provider: &CryptoProvider,
    certificate: &[u8],
    key: &[u8],
) -> Result<Arc<CertifiedKey>, TlsError> {
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(certificate).collect();
    let chain = chain.ok().filter(|chain| !chain.is_empty());
    let chain = chain.ok_or(TlsError::Certificate)?;
    let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| TlsError::Key)?;
    let pair = CertifiedKey::from_der(chain, key, provider).map_err(TlsError::Pair)?;
    Ok(Arc::new(pair))
}

impl ResolvesServerCert for Current {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.read().unwrap_or_else(PoisonError::into_inner).clone())
    }
}

impl fmt::Debug for Current {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Current(..)")
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tls(..)")
    }
}
