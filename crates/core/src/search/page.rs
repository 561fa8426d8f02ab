use super::Condition;
use crate::{UserId, access::Reading, port::Versioned, user::User};

/// How many users or organisations a page has at most, unless the caller says.
pub const LIMIT_DEFAULT: u32 = 100;

/// How many users or organisations a caller may ask for at once (`contract.md` 1.5).
pub const LIMIT_MAX: u32 = 1_000;

/// By what users are sorted: texts by their fold, byte by byte. Ties go by user id, in the same direction, so that the
/// pages of a list neither overlap nor leave a gap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SortBy {
    /// The user id alone.
    Id,
    /// A text.
    Text(super::TextField),
    /// The standing: active, inactive, locked.
    Standing,
    /// When the user came into being.
    CreatedAt,
}

/// In which direction what is found is sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Smallest first.
    Ascending,
    /// Largest first.
    Descending,
}

/// A search, as a store is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserSearch {
    /// Whom the caller may read. Nobody else is found or counted.
    pub reading: Reading,
    /// What must be true of whoever is found.
    pub condition: Condition,
    /// By what they are sorted.
    pub sort_by: SortBy,
    /// In which direction.
    pub direction: Direction,
    /// How many are left out at the start.
    pub offset: u64,
    /// How many are given at most.
    pub limit: u32,
}

/// A user who was found, and where they stand in their history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundUser {
    /// Who.
    pub id: UserId,
    /// Their state.
    pub now: Versioned<User>,
}

/// A part of the users that a search finds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Page {
    /// These, in order.
    pub users: Vec<FoundUser>,
    /// How many there are in all.
    pub total: u64,
}
