use std::time::Duration;

use async_trait::async_trait;

use crate::message::Sms;

/// A provider's word that it took a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmsReceipt {
    /// The provider's id for the message.
    pub reference: String,
}

/// Why a provider did not take a message, or may not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SmsError {
    /// It refused: sending the same again would be refused again.
    #[error("the SMS provider refused the message")]
    Refused {
        /// The provider's number for the reason, where it gives one.
        provider_code: Option<u32>,
    },
    /// It has no room now; it did not take the message.
    #[error("the SMS provider is throttling")]
    Throttled {
        /// How long it asks to be left alone.
        retry_after: Option<Duration>,
    },
    /// It was not reached, or said that it is out of order; it did not take the message.
    #[error("the SMS provider is unreachable")]
    Unreachable,
    /// The answer was lost: it may have taken the message.
    #[error("the SMS provider may or may not have taken the message")]
    Unknown,
}

/// Hands messages to the telephone network.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
#[async_trait]
pub trait SmsGateway: Send + Sync + 'static {
    /// Hands one message off. `Ok` means that the provider took it; it says nothing of delivery.
    ///
    /// It answers within a bounded time, and never retries: whether to try again is the caller's to decide.
    async fn send(&self, sms: &Sms) -> Result<SmsReceipt, SmsError>;
}
