use std::sync::Arc;

use tokio::net::TcpListener;

use super::{proxies::TrustedProxies, tls::Tls};

/// A socket to listen on, and what is agreed with those who connect to it.
#[derive(Debug)]
pub struct Listener {
    pub(super) socket: TcpListener,
    pub(super) tls: Option<Tls>,
    pub(super) proxies: Arc<TrustedProxies>,
}

impl Listener {
    /// Takes encrypted connections alone.
    #[must_use]
    pub fn encrypted(self, tls: Tls) -> Self {
        Self {
            tls: Some(tls),
            ..self
        }
    }

    /// Believes these proxies where a request comes from.
    #[must_use]
    pub fn behind(self, proxies: TrustedProxies) -> Self {
        Self {
            proxies: Arc::new(proxies),
            ..self
        }
    }
}

/// In clear, and with nobody between.
impl From<TcpListener> for Listener {
    fn from(socket: TcpListener) -> Self {
        Self {
            socket,
            tls: None,
            proxies: Arc::default(),
        }
    }
}
