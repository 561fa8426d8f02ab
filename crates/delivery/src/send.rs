//! One message on its way to the gateway.

use std::{sync::Arc, time::Duration};

use ringtrue_core::{
    keys::KeyRing,
    port::{ClaimedMessage, Clock, FailureReason, SettlementOutcome, SmsError, SmsGateway},
};
use time::OffsetDateTime;
use tokio::time::timeout;
use tracing::{Span, error, field::Empty, info, instrument, warn};

/// What sending needs.
#[derive(Clone)]
pub(crate) struct Sending {
    pub(crate) gateway: Arc<dyn SmsGateway>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) keys: Arc<KeyRing>,
    pub(crate) send_timeout: Duration,
}

impl Sending {
    /// Opens the message and hands it to the gateway, once.
    ///
    /// Nothing is done, and None returned, if it has expired, or if its hand-off could outlast the lease because it begins
    /// later than `begin_by`.
    #[instrument(
        name = "delivery.message.send",
        skip_all,
        fields(
            message.id = %claimed.message.id,
            user.id = %claimed.message.user,
            sms.attempt = claimed.attempt,
            sms.to = Empty,
            sms.reference = Empty,
        )
    )]
    pub(crate) async fn send(
        self,
        claimed: ClaimedMessage,
        begin_by: OffsetDateTime,
    ) -> Option<SettlementOutcome> {
        let now = self.clock.now();
        if now >= claimed.message.expires_at {
            info!("the message expired before it was sent");
            return None;
        }
        if now > begin_by {
            warn!(
                "too little is left of the claim to send the message under it; leaving it to the next claim"
            );
            return None;
        }
        let Ok(sms) = claimed.message.open(&self.keys, now) else {
            error!("could not open a message with the key ring; it will not be sent");
            return Some(SettlementOutcome::Failed(FailureReason::Unreadable));
        };
        Span::current().record("sms.to", sms.to.masked());
        let handed_off = timeout(self.send_timeout, self.gateway.send(&sms)).await;
        Some(match handed_off.unwrap_or(Err(SmsError::Unknown)) {
            Ok(receipt) => {
                Span::current().record("sms.reference", &receipt.reference);
                info!(sms.reference = receipt.reference, "handed message to provider");
                SettlementOutcome::Sent {
                    reference: receipt.reference,
                }
            }
            Err(error) => {
                let reason = reason(&error);
                warn!(sms.failure = reason.as_str(), "{error}");
                SettlementOutcome::Failed(reason)
            }
        })
    }
}

const fn reason(error: &SmsError) -> FailureReason {
    match error {
        SmsError::Refused { .. } => FailureReason::Refused,
        SmsError::Throttled { .. } => FailureReason::Throttled,
        SmsError::Unreachable => FailureReason::Unreachable,
        SmsError::Unknown => FailureReason::Unknown,
    }
}
