use async_trait::async_trait;
use time::{Duration, OffsetDateTime};

use super::StoreError;
use crate::{LeaseId, MessageId, message::OutboxMessage};

/// A message that the holder of `lease` may send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimedMessage {
    /// The fencing token.
    pub lease: LeaseId,
    /// How often it has been claimed, this time included: 1 the first time.
    pub attempt: u32,
    /// The message.
    pub message: OutboxMessage,
}

/// Why a message was not handed off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureReason {
    /// The provider refused it for good.
    Refused,
    /// The provider had no room for it.
    Throttled,
    /// The provider was not reached.
    Unreachable,
    /// The provider may or may not have taken it.
    Unknown,
    /// It could not be opened with the keys of this ring.
    Unreadable,
}

impl FailureReason {
    /// The name it is stored and logged under.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Throttled => "throttled",
            Self::Unreachable => "unreachable",
            Self::Unknown => "unknown",
            Self::Unreadable => "unreadable",
        }
    }
}

/// What came of handing a message off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SettlementOutcome {
    /// A provider took it, under this reference of its own.
    Sent {
        /// The provider's id for the message.
        reference: String,
    },
    /// It was not handed off, or nobody can tell.
    Failed(FailureReason),
}

impl SettlementOutcome {
    /// The name of the state that the message is stored in.
    #[must_use]
    pub const fn state(&self) -> &'static str {
        match self {
            Self::Sent { .. } => "sent",
            Self::Failed(_) => "failed",
        }
    }

    /// The provider's id for a message that was sent.
    #[must_use]
    pub fn reference(&self) -> Option<&str> {
        match self {
            Self::Sent { reference } => Some(reference),
            Self::Failed(_) => None,
        }
    }

    /// Why the message was not sent, by the name that this is stored under.
    #[must_use]
    pub const fn reason(&self) -> Option<&'static str> {
        match self {
            Self::Sent { .. } => None,
            Self::Failed(reason) => Some(reason.as_str()),
        }
    }
}

/// The end of a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settlement {
    /// The message.
    pub message: MessageId,
    /// The claim under which it was handled.
    pub lease: LeaseId,
    /// What came of it.
    pub outcome: SettlementOutcome,
}

/// Whether a settlement counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SettleOutcome {
    /// The message is settled for good, and its sealed copy erased.
    Settled,
    /// The lease was no longer the message's: it was superseded, settled, or claimed by another. Nothing changed.
    LeaseLost,
}

/// The messages that commits have queued, until each is settled.
///
/// A message is *waiting*, *leased* or *settled*. Its sealed copy exists only until it is sent, failed, superseded or
/// expired.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
#[async_trait]
pub trait Outbox: Send + Sync + 'static {
    /// Claims up to `limit` messages that wait, or whose lease ended before `now`, until `now + lease`: those first that
    /// expire first, which are the oldest as long as all codes live equally long.
    ///
    /// Of many that claim at once, each message goes to one. What has expired at `now` is never claimed. Each claim
    /// counts as an attempt and has a lease of its own.
    async fn claim(
        &self,
        limit: usize,
        lease: Duration,
        now: OffsetDateTime,
    ) -> Result<Vec<ClaimedMessage>, StoreError>;
    /// Settles what the lease still covers and erases its sealed copy; a lost lease is reported, never overwritten.
    ///
    /// Outcomes are in the order of `settlements`. A lease that has run out still settles while nobody else has claimed
    /// the message.
    async fn settle(
        &self,
        settlements: &[Settlement],
        now: OffsetDateTime,
    ) -> Result<Vec<SettleOutcome>, StoreError>;
    /// Settles and then claims, for whoever has both to do: in one round trip, where the store can.
    ///
    /// As [`Self::settle`] and then [`Self::claim`], at the same `now`. When it fails, either may or may not have been done,
    /// unless it was [`StoreError::Rejected`]: then no settlement counted.
    async fn settle_and_claim(
        &self,
        settlements: &[Settlement],
        limit: usize,
        lease: Duration,
        now: OffsetDateTime,
    ) -> Result<(Vec<SettleOutcome>, Vec<ClaimedMessage>), StoreError> {
        let outcomes = self.settle(settlements, now).await?;
        let claimed = self.claim(limit, lease, now).await?;
        Ok((outcomes, claimed))
    }
    /// Settles up to `limit` unsettled messages that have expired at `now` and erases their sealed copies; tells how many.
    ///
    /// What somebody else is writing just then may be left for the next time.
    async fn expire(&self, limit: usize, now: OffsetDateTime) -> Result<u64, StoreError>;
    /// Forgets up to `limit` messages that were settled at `before` or earlier; tells how many.
    ///
    /// A store that keeps together what was settled in the same week may leave that to when it forgets the whole week.
    async fn forget(&self, limit: usize, before: OffsetDateTime) -> Result<u64, StoreError>;
    /// How many messages are unsettled.
    async fn unsettled(&self) -> Result<u64, StoreError>;
}
