//! Keeping the database's partitions: those of the weeks to come, and none in which all is over.

use std::{error::Error, sync::Arc, time::Duration};

use ringtrue_core::port::Clock;
use ringtrue_postgres::Over;
use tokio::time::sleep;
use tracing::{info, warn};

use crate::{config::Config, database::Database};

/// How long it is between two looks. Partitions are made weeks ahead, and are kept a little longer rather than shorter.
const PAUSE: Duration = Duration::from_hours(1);

/// A database's partitions, and how long what is in them is kept.
pub(super) struct Partitions {
    database: Database,
    clock: Arc<dyn Clock>,
    messages_kept: Option<time::Duration>,
    events_kept: Option<time::Duration>,
}

impl Partitions {
    pub(super) fn new(database: Database, clock: Arc<dyn Clock>, config: &Config) -> Self {
        Self {
            database,
            clock,
            messages_kept: config.sms.retention.try_into().ok(),
            events_kept: config.storage.events_retention,
        }
    }

    /// Keeps them for as long as it is polled. What fails is left to the next time: until then what finds no partition goes to
    /// the default one.
    pub(super) async fn keep(self) {
        loop {
            self.keep_once().await;
            sleep(PAUSE).await;
        }
    }

    async fn keep_once(&self) {
        let now = self.clock.now();
        let over = |kept: Option<time::Duration>| kept.and_then(|kept| now.checked_sub(kept));
        let over = Over {
            messages: over(self.messages_kept),
            events: over(self.events_kept),
        };
        match self.database.keep_partitions(now, over).await {
            Ok(changes) => {
                if !changes.made.is_empty() {
                    info!(partitions = ?changes.made, "made partitions for what comes");
                }
                if !changes.dropped.is_empty() {
                    info!(partitions = ?changes.dropped, "dropped partitions in which all is over");
                }
            }
            Err(error) => warn!(
                error = &error as &dyn Error,
                "could not keep the database's partitions; trying again in an hour"
            ),
        }
    }
}
