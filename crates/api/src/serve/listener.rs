use std::sync::Arc;

use tokio::{net::TcpListener, runtime::Handle};

use super::{proxies::TrustedProxies, tls::Tls, workers::Workers};

/// A socket to listen on, and what is agreed with those who connect to it.
#[derive(Debug)]
pub struct Listener {
    pub(super) socket: TcpListener,
    pub(super) tls: Option<Tls>,
    pub(super) proxies: Arc<TrustedProxies>,
    /// Where connections go on; none: where they are accepted.
    runtimes: Vec<Handle>,
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

    /// Has these threads speak with those who connect, in place of the one that accepts.
    #[must_use]
    pub fn carried_by(self, workers: &Workers) -> Self {
        Self {
            runtimes: workers.runtimes(),
            ..self
        }
    }

    /// The runtime that has the fewest connections and calls.
    pub(super) fn quietest(&self) -> Handle {
        let tasks = |runtime: &&Handle| runtime.metrics().num_alive_tasks();
        let quietest = self.runtimes.iter().min_by_key(tasks);
        quietest.cloned().unwrap_or_else(Handle::current)
    }
}

/// In clear, with nobody between, on the runtime that accepts.
impl From<TcpListener> for Listener {
    fn from(socket: TcpListener) -> Self {
        Self {
            socket,
            tls: None,
            proxies: Arc::default(),
            runtimes: Vec::new(),
        }
    }
}
