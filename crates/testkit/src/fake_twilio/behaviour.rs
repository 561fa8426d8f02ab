use std::{sync::Arc, time::Duration};

use tokio::sync::Semaphore;

/// What the fake does with one call.
///
/// [`Accept`](Self::Accept) and its kin check the call first, as Twilio would: wrong credentials, a wrong path or a bad
/// form get Twilio's own refusals and never reach the ledger.
#[derive(Debug, Clone)]
pub enum Behaviour {
    /// Takes the message and answers 201.
    Accept,
    /// Takes the message and answers 201, both once the gate is open.
    AcceptSlowly(Gate),
    /// Takes the message and closes the connection without an answer.
    AcceptThenDrop,
    /// Takes the message and answers 201 with a body that is not JSON.
    AcceptThenGarble,
    /// Closes the connection without an answer, having taken nothing.
    DropBeforeAccept,
    /// Takes nothing and answers with a client error.
    Refuse {
        /// The HTTP status.
        status: u16,
        /// Twilio's number for the reason.
        code: u32,
    },
    /// Takes nothing and answers 429.
    Throttle {
        /// How long it asks to be left alone; whole seconds.
        retry_after: Option<Duration>,
    },
    /// Takes nothing and answers with a server error.
    ServerError {
        /// The HTTP status.
        status: u16,
    },
    /// Takes nothing and answers exactly this.
    Answer {
        /// The HTTP status.
        status: u16,
        /// Further headers.
        headers: Vec<(&'static str, String)>,
        /// The body.
        body: Vec<u8>,
    },
    /// Takes nothing, sends the head of an answer that promises more body than comes, and closes the connection.
    BreakOff {
        /// The HTTP status.
        status: u16,
    },
    /// Takes nothing and never answers; it ends when the caller hangs up or the fake is dropped.
    Hang,
}

/// Holds calls up until it is opened: a clone is in the caller's hand, the other in the [`Behaviour`].
#[derive(Debug, Clone)]
pub struct Gate {
    open: Arc<Semaphore>,
}

impl Gate {
    /// A closed gate.
    #[must_use]
    pub fn new() -> Self {
        Self {
            open: Arc::new(Semaphore::new(0)),
        }
    }

    /// Lets every call through, those that wait and those that come.
    pub fn open(&self) {
        self.open.close();
    }

    pub(super) async fn passed(&self) {
        // Nobody ever adds a permit: the wait ends when the semaphore is closed.
        let _closed = self.open.acquire().await;
    }
}

impl Default for Gate {
    fn default() -> Self {
        Self::new()
    }
}
