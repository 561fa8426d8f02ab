//! What the frontends stand on.

use std::{fmt, sync::Arc, time::Duration};

use ringtrue_core::{
    Organizations, Users,
    authenticator::Authenticator,
    idempotency::Idempotency,
    port::{Clock, IdSource, StorageHealth},
};
use time::OffsetDateTime;
use tokio::sync::watch;

use crate::cors::Cors;

/// What the frontends stand on. Cloning shares everything.
#[derive(Clone)]
pub struct App {
    /// The use cases of users.
    pub users: Arc<Users>,
    /// The use cases of organisations.
    pub organizations: Arc<Organizations>,
    /// Tells calls that were made before from those that were not.
    pub idempotency: Arc<Idempotency>,
    /// Tells who is behind a token.
    pub authenticator: Arc<Authenticator>,
    /// Tells whether storage can serve.
    pub health: Arc<dyn StorageHealth>,
    /// What a caller who has to wait is told is reckoned from this clock.
    pub clock: Arc<dyn Clock>,
    /// Where the ids of requests come from that bring none.
    pub ids: Arc<dyn IdSource>,
    /// The messages that were captured in place of being sent. Without it `GET /dev/inbox` does not exist.
    pub inbox: Option<Arc<dyn DevInbox>>,
    /// Whether the reference is served, at `/docs` and `/openapi.json`.
    pub docs: bool,
    /// Whether the process is on its way out.
    pub draining: Draining,
    /// Which pages may call.
    pub cors: Arc<Cors>,
    /// What a stranger may use up.
    pub limits: Limits,
}

/// The messages that were captured in place of being sent.
pub trait DevInbox: Send + Sync + 'static {
    /// What is there, oldest first.
    fn messages(&self) -> Vec<InboxEntry>;
}

/// A captured message, as `GET /dev/inbox` shows it. `Debug` does not show it.
#[derive(Clone)]
pub struct InboxEntry {
    /// The number that it would have gone to.
    pub to: String,
    /// The whole text.
    pub text: String,
    /// The code in it.
    pub code: String,
    /// When it came.
    pub at: OffsetDateTime,
}

impl fmt::Debug for InboxEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InboxEntry(..)")
    }
}

/// Whether the process is on its way out: readiness says so before connections are refused. Cloning shares the state.
#[derive(Debug, Clone)]
pub struct Draining(watch::Sender<bool>);

impl Draining {
    /// Begins to drain; there is no way back.
    pub fn begin(&self) {
        self.0.send_replace(true);
    }

    /// Whether draining has begun.
    #[must_use]
    pub fn is_draining(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until draining begins.
    pub(crate) async fn begun(&self) {
        // Cannot fail: `self` holds the sender.
        let _ = self.0.subscribe().wait_for(|&draining| draining).await;
    }
}

impl Default for Draining {
    fn default() -> Self {
        Self(watch::Sender::new(false))
    }
}

/// What a stranger may use up.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Bytes of a request's body.
    pub body_bytes_max: usize,
    /// Bytes of a request's line and headers; at least 8 KiB.
    pub header_bytes_max: u32,
    /// How long a call may take, its body's arrival included. A caller may ask for less.
    pub request_timeout: Duration,
    /// How long the head of a request may take to arrive, and a connection may idle between two.
    pub header_read_timeout: Duration,
    /// How often an HTTP/2 connection is asked whether it is still there, and how long it may take to answer.
    pub keep_alive: Duration,
    /// Open connections; more wait to be accepted.
    pub connections_max: usize,
    /// Concurrent calls on one HTTP/2 connection.
    pub streams_max: u32,
    /// From the signal to stop to refusing connections: the time that a load balancer has to see `/ready` turn.
    pub drain_delay: Duration,
    /// How long calls in flight may take to finish after that.
    pub drain_grace: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes_max: 64 << 10,
            header_bytes_max: 16 << 10,
            request_timeout: Duration::from_secs(15),
            header_read_timeout: Duration::from_secs(10),
            keep_alive: Duration::from_secs(20),
            connections_max: 10_000,
            streams_max: 256,
            drain_delay: Duration::ZERO,
            drain_grace: Duration::from_secs(20),
        }
    }
}
