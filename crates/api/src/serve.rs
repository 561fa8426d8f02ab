//! The accept loop: limits on connections, and a drain that lets calls finish.

mod first_bytes;
mod from_peer;
mod listener;
mod proxies;
mod tls;
mod workers;

use std::{
    io,
    net::{self, SocketAddr},
    sync::Arc,
    time::Duration,
};

use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{
        conn::auto,
        graceful::{GracefulShutdown, Watcher},
    },
    service::TowerToHyperService,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{sleep, timeout},
};
use tokio_rustls::TlsAcceptor;
use tracing::{debug, info, warn};

use crate::{
    app::{Draining, Limits},
    frontends::Frontends,
};
use first_bytes::FirstBytes;
use from_peer::FromPeer;
pub use listener::Listener;
pub(crate) use proxies::ClientAddress;
pub use proxies::{ForwardedHeader, TrustedProxies};
pub use tls::{Tls, TlsError};
pub use workers::Workers;

/// How long to leave the listener alone when the process has run out of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Serves the frontends on `listener` until `shutdown` completes, then drains.
///
/// To drain is: readiness turns; after `drain_delay` new connections are refused and idle ones are closed; calls in flight
/// finish, for at most `drain_grace`. It returns when all have finished, or when the grace is over.
pub async fn serve(
    listener: impl Into<Listener>,
    frontends: Frontends,
    limits: &Limits,
    draining: &Draining,
    shutdown: impl Future<Output = ()>,
) {
    let listener: Listener = listener.into();
    let acceptor = listener.tls.as_ref().map(Tls::acceptor);
    let builder = Arc::new(builder(limits));
    let within = limits.header_read_timeout;
    let graceful = GracefulShutdown::new();
    let room = Arc::new(Semaphore::new(limits.connections_max));
    let stop = async {
        shutdown.await;
        info!("draining");
        draining.begin();
        sleep(limits.drain_delay).await;
    };
    tokio::pin!(stop);
    loop {
        let (socket, peer, permit) = tokio::select! {
            () = &mut stop => break,
            accepted = accept(&listener.socket, &room) => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    warn!(error = &error as &dyn std::error::Error, "could not accept a connection");
                    sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            },
        };
        let speaking = Speaking {
            builder: Arc::clone(&builder),
            service: FromPeer {
                frontends: frontends.clone(),
                peer: peer.ip(),
                proxies: Arc::clone(&listener.proxies),
            },
            watcher: graceful.watcher(),
            within,
        };
        let acceptor = acceptor.clone();
        listener.quietest().spawn(async move {
            speaking.with(socket, acceptor).await;
            drop(permit);
        });
    }
    drop(listener);
    tokio::select! {
        () = graceful.shutdown() => info!("drained"),
        () = sleep(limits.drain_grace) => warn!("the grace time is over: calls in flight are cut off"),
    }
}

/// What it takes to speak HTTP with a client.
struct Speaking {
    builder: Arc<auto::Builder<TokioExecutor>>,
    service: FromPeer,
    watcher: Watcher,
    within: Duration,
}

impl Speaking {
    /// Takes a connection over from the runtime that accepted it, and speaks in clear or behind TLS.
    async fn with(self, socket: net::TcpStream, acceptor: Option<TlsAcceptor>) {
        let socket = match TcpStream::from_std(socket) {
            Ok(socket) => socket,
            Err(error) => {
                warn!(
                    error = &error as &dyn std::error::Error,
                    "could not take a connection over"
                );
                return;
            }
        };
        let Some(acceptor) = acceptor else {
            return self.over(socket).await;
        };
        match timeout(self.within, acceptor.accept(socket)).await {
            Ok(Ok(socket)) => self.over(socket).await,
            Ok(Err(error)) => {
                debug!(error = &error as &dyn std::error::Error, "a TLS handshake failed");
            }
            Err(_) => debug!("a TLS handshake took too long"),
        }
    }

    /// Speaks until the client goes, or the server does.
    async fn over(self, socket: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) {
        let socket = TokioIo::new(FirstBytes::new(socket, self.within));
        let service = TowerToHyperService::new(self.service);
        let connection = self.builder.serve_connection(socket, service).into_owned();
        if let Err(error) = self.watcher.watch(connection).await {
            debug!(error, "a connection ended early");
        }
    }
}

/// Takes the next connection once there is room for one more; until then it waits in the listener's queue.
async fn accept(
    listener: &TcpListener,
    room: &Arc<Semaphore>,
) -> io::Result<(net::TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let permit = room.clone().acquire_owned().await.map_err(io::Error::other)?;
    let (socket, peer) = listener.accept().await?;
    // Answers are small: waiting to fill a segment would cost them 40 milliseconds. Refused by the system, they are slow.
    let _ = socket.set_nodelay(true);
    // It may go on in another runtime than the one that accepts.
    Ok((socket.into_std()?, peer, permit))
}

fn builder(limits: &Limits) -> auto::Builder<TokioExecutor> {
    let header_bytes = limits.header_bytes_max.max(8 << 10);
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header_read_timeout)
        .max_buf_size(header_bytes as usize);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(limits.streams_max)
        .max_header_list_size(header_bytes)
        .keep_alive_interval(limits.keep_alive)
        .keep_alive_timeout(limits.keep_alive);
    builder
}
