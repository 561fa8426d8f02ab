use async_trait::async_trait;

use super::StoreError;
use crate::{UserId, user::PhoneUniqueness};

/// What came of aligning the claims.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AlignOutcome {
    /// The claims are what the rule asks for.
    Aligned {
        /// How many were missing.
        taken: u64,
        /// How many the rule does not ask for.
        released: u64,
    },
    /// Several users have verified the same number, and the rule lets one: nothing was written.
    Contested {
        /// Such users, by id; no more than [`CONTESTED_LEN_MAX`] of them.
        users: Vec<UserId>,
    },
}

/// How many contested users are told.
pub const CONTESTED_LEN_MAX: usize = 20;

/// Brings the claims on verified numbers in line with a rule that was not in force when the numbers were verified.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
#[async_trait]
pub trait PhoneClaims: Send + Sync + 'static {
    /// Makes the claims of [`ClaimKind::VerifiedPhone`](crate::user::ClaimKind::VerifiedPhone) exactly those that
    /// [`User::claims`](crate::user::User::claims) under `rule` asks of the users there are, all or none.
    ///
    /// Commits that come at the same time are either seen, or wait until it is done.
    async fn align(&self, rule: PhoneUniqueness) -> Result<AlignOutcome, StoreError>;
}
