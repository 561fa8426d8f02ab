//! A Twilio of one's own: a real HTTP server on a real socket, with a ledger of what it accepted.
//!
//! ```no_run
//! # async fn example() {
//! use ringtrue_testkit::fake_twilio::{Behaviour, FakeTwilio};
//!
//! let twilio = FakeTwilio::start().await;
//! twilio.next(Behaviour::AcceptThenDrop);
//! // … point a gateway, or the whole binary, at `twilio.base_url()` …
//! let accepted = twilio.wait_for(1).await;
//! assert_eq!(accepted[0].to, "+41791234567");
//! # }
//! ```

mod answer;
mod behaviour;
mod exchange;
mod ledger;
mod request;
mod server;

use std::{net::SocketAddr, sync::Arc, time::Duration};

pub use behaviour::{Behaviour, Gate};
pub use ledger::Accepted;

use crate::loopback::{Loopback, Serving};
use exchange::Exchange;

/// The account that the fake knows.
pub const ACCOUNT_SID: &str = "AC00000000000000000000000000000001";
/// The token of that account.
pub const AUTH_TOKEN: &str = "a-token-for-the-fake-twilio";

/// How long [`FakeTwilio::wait_for`] waits for what a correct program does at once.
const WAIT_MAX: Duration = Duration::from_secs(20);

/// Twilio's `Messages.json`, on `127.0.0.1` and a free port.
///
/// It accepts whatever Twilio would accept, unless told otherwise by [`next`](Self::next) or
/// [`otherwise`](Self::otherwise). Dropping it closes the port and every connection. Its deadlines are in real time:
/// do not pause tokio's clock beside it.
pub struct FakeTwilio {
    address: SocketAddr,
    exchange: Arc<Exchange>,
    _serving: Serving,
}

impl FakeTwilio {
    /// Starts one that knows [`ACCOUNT_SID`] and [`AUTH_TOKEN`].
    pub async fn start() -> Self {
        Self::start_with(ACCOUNT_SID, AUTH_TOKEN).await
    }

    /// Starts one that knows another account.
    ///
    /// # Panics
    ///
    /// When no port of the loopback interface can be had, because no test can go on without its fake.
    pub async fn start_with(account_sid: &str, auth_token: &str) -> Self {
        let exchange = Arc::new(Exchange::new(account_sid, auth_token));
        let loopback = Loopback::bind().await;
        let serving = Arc::clone(&exchange);
        Self {
            address: loopback.address(),
            exchange,
            _serving: loopback.serve(move |request| server::meet(Arc::clone(&serving), request)),
        }
    }

    /// What to configure as the provider's `base_url`.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Queues what happens to one further call; calls take from the queue in the order in which they arrive.
    pub fn next(&self, behaviour: Behaviour) {
        self.exchange.script(behaviour);
    }

    /// What happens from now on to calls that find the queue empty; at first it is [`Behaviour::Accept`].
    pub fn otherwise(&self, behaviour: Behaviour) {
        self.exchange.otherwise(behaviour);
    }

    /// Everything accepted so far, in order.
    #[must_use]
    pub fn ledger(&self) -> Vec<Accepted> {
        self.exchange.accepted()
    }

    /// How many calls have arrived so far, whatever became of them.
    #[must_use]
    pub fn calls(&self) -> usize {
        self.exchange.calls()
    }

    /// Waits until at least `count` messages have been accepted, and returns the ledger.
    ///
    /// # Panics
    ///
    /// When that does not happen within twenty seconds.
    pub async fn wait_for(&self, count: usize) -> Vec<Accepted> {
        let enough = self.exchange.until(|state| state.ledger.len() >= count);
        if tokio::time::timeout(WAIT_MAX, enough).await.is_err() {
            let accepted = self.ledger().len();
            panic!("the fake Twilio waited for {count} messages and accepted {accepted}");
        }
        self.ledger()
    }

    /// Waits until at least `count` calls have arrived, whatever became of them.
    ///
    /// # Panics
    ///
    /// When that does not happen within twenty seconds.
    pub async fn wait_for_calls(&self, count: usize) {
        let enough = self.exchange.until(|state| state.calls >= count);
        if tokio::time::timeout(WAIT_MAX, enough).await.is_err() {
            let calls = self.calls();
            panic!("the fake Twilio waited for {count} calls and got {calls}");
        }
    }
}
