use super::{Condition, SearchError};
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

impl SortBy {
    /// The name of a store's column that holds it: the [`Listing`](super::Listing)'s field, or the id.
    #[must_use]
    pub const fn column(self) -> &'static str {
        match self {
            Self::Id => "user_id",
            Self::Text(field) => field.folded_column(),
            Self::Standing => "standing",
            Self::CreatedAt => "created_at",
        }
    }
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

impl UserSearch {
    /// How many users there are in all, where a page of so many tells: one that is not full is the last, unless it is empty
    /// because it begins behind the end.
    #[must_use]
    pub fn total_told_by(&self, page_len: usize) -> Option<u64> {
        let is_last = page_len < self.limit as usize && (self.offset == 0 || page_len > 0);
        is_last.then(|| self.offset.saturating_add(page_len as u64))
    }
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

impl Page {
    /// How many a page has at most, of users or of organisations, if a caller asks for so many; 0 is for not saying.
    pub(crate) const fn limit(asked: u32) -> Result<u32, SearchError> {
        match asked {
            0 => Ok(LIMIT_DEFAULT),
            1..=LIMIT_MAX => Ok(asked),
            _ => Err(SearchError::LimitTooLarge),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::Condition;

    #[test]
    fn a_page_has_as_many_as_are_asked_for_up_to_the_limit() {
        for (asked, limit) in [(0, 100), (1, 1), (1_000, 1_000)] {
            assert_eq!(Page::limit(asked).unwrap(), limit);
        }
        for too_many in [1_001, u32::MAX] {
            let refused = Page::limit(too_many);
            assert!(matches!(refused, Err(SearchError::LimitTooLarge)), "{too_many}");
        }
    }

    #[test]
    fn a_page_that_is_not_full_tells_how_many_there_are_unless_it_is_behind_the_end() {
        let search = |offset| UserSearch {
            reading: Reading::Everybody,
            condition: Condition::everybody(),
            sort_by: SortBy::Id,
            direction: Direction::Ascending,
            offset,
            limit: 10,
        };
        for (offset, page_len, total) in [
            (0, 0, Some(0)),
            (0, 9, Some(9)),
            (0, 10, None),
            (20, 1, Some(21)),
            (20, 0, None),
            (20, 10, None),
            (u64::MAX, 1, Some(u64::MAX)),
        ] {
            assert_eq!(
                search(offset).total_told_by(page_len),
                total,
                "{page_len} from {offset}"
            );
        }
    }
}
