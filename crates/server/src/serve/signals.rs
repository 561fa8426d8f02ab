use std::time::Duration;

use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    time::sleep,
};
use tracing::{info, warn};

use crate::failure::Failure;

/// Some supervisors signal a process and then its whole group: for this long, the same intent comes twice.
const ECHO: Duration = Duration::from_millis(250);

/// SIGTERM and SIGINT.
pub(super) struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// From now on the signals no longer end the process by themselves.
    pub(super) fn catch() -> Result<Self, Failure> {
        let catch =
            |kind| signal(kind).map_err(|error| Failure::because("could not listen for signals", &error));
        Ok(Self {
            terminate: catch(SignalKind::terminate())?,
            interrupt: catch(SignalKind::interrupt())?,
        })
    }

    /// Ends at the first signal; a second one, from a moment later on, ends the process at once.
    pub(super) async fn first(&mut self) {
        let name = self.next().await;
        info!(signal = name, "stopping");
        tokio::spawn(async {
            sleep(ECHO).await;
            // What came meanwhile is behind a listener that begins now.
            if let Ok(mut later) = Self::catch() {
                info!("a second signal stops at once");
                let name = later.next().await;
                warn!(signal = name, "stopped at once");
                std::process::exit(1);
            }
        });
    }

    async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }
}
