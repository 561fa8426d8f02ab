use std::sync::Arc;

use tokio::{net::TcpListener, runtime::Handle};

use super::{proxies::TrustedProxies, tls::Tls, workers::Workers};

/// A socket to listen on, and what is agreed with those who connect to it.
#[derive(Debug)]
pub struct Listener {
    pub(super) socket: TcpListener,
    pub(super) tls: Option<Tls>,
    pub(super) proxies: Arc<TrustedProxies>,
    /// Where connections may go on, beside the runtime that accepts them.
    others: Vec<Handle>,
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

    /// Shares those who connect out among these threads and the one that accepts.
    #[must_use]
    pub fn shared_with(self, workers: &Workers) -> Self {
        Self {
            others: workers.runtimes(),
            ..self
        }
    }

    /// The runtime that has the fewest connections and calls; where that is as good, another than this one, which also accepts.
    pub(super) fn quietest(&self) -> Handle {
        let here = Handle::current();
        let all = self.others.iter().chain([&here]);
        let quietest = all.min_by_key(|runtime| runtime.metrics().num_alive_tasks());
        quietest.unwrap_or(&here).clone()
    }
}

/// In clear, with nobody between, on the runtime that accepts.
impl From<TcpListener> for Listener {
    fn from(socket: TcpListener) -> Self {
        Self {
            socket,
            tls: None,
            proxies: Arc::default(),
            others: Vec::new(),
        }
    }
}
