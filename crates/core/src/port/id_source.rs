use crate::{OrgId, UserId};

/// Draws identifiers.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
pub trait IdSource: Send + Sync + 'static {
    /// An id for a user whose creator named none: 18 or 19 decimal digits, like the peer's (`contract.md` 3.6).
    fn user_id(&self) -> UserId;
    /// An id for an organisation, of the same form.
    fn org_id(&self) -> OrgId;
    /// 128 random bits, never the same again: they tell things apart, and keep nothing secret.
    fn random(&self) -> [u8; 16];
}
