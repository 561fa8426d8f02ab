use std::time::Duration;

use ringtrue_api::Tls;
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    time::{Interval, MissedTickBehavior, interval},
};
use tracing::{error, info};

use crate::{
    certificate::{CertificateFiles, FileProblem, Pair},
    failure::Failure,
};

/// How often the files are looked at; SIGHUP is sooner.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// TLS with the certificate in these files, exchanged whenever they change.
pub(super) fn with(files: CertificateFiles) -> Result<Tls, Failure> {
    let unusable = |problem: FileProblem| Failure::Failed(format!("could not use server.tls: {problem}"));
    let pair = files.read().map_err(unusable)?;
    let tls = pair.tls().map_err(unusable)?;
    let hangup = signal(SignalKind::hangup());
    let hangup = hangup.map_err(|error| Failure::because("could not listen for signals", &error))?;
    let mut ticks = interval(LOOK_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let watch = Watch {
        tls: tls.clone(),
        files,
        seen: Ok(pair),
    };
    tokio::spawn(watch.run(hangup, ticks));
    Ok(tls)
}

struct Watch {
    tls: Tls,
    files: CertificateFiles,
    /// What was there the last time; nothing is said of it twice.
    seen: Result<Pair, FileProblem>,
}

impl Watch {
    async fn run(mut self, mut hangup: Signal, mut ticks: Interval) {
        loop {
            tokio::select! {
                _ = ticks.tick() => {}
                _ = hangup.recv() => {}
            }
            self.look();
        }
    }

    /// Until both files are written and belong together, the certificate in use stays.
    fn look(&mut self) {
        let found = self.files.read();
        if found == self.seen {
            return;
        }
        match found.as_ref().map(|pair| pair.replace(&self.tls)) {
            Ok(Ok(())) => info!("the certificate of server.tls has changed: new connections get it"),
            Ok(Err(problem)) => {
                error!(%problem, "the files of server.tls have changed and cannot be used: the certificate in use stays");
            }
            Err(problem) => {
                error!(%problem, "the files of server.tls are gone: the certificate in use stays");
            }
        }
        self.seen = found;
    }
}
