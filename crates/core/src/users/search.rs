use time::OffsetDateTime;

use super::Users;
use crate::{
    access::{Actor, readable_by},
    search::{CONDITIONS_MAX, Condition, Direction, NESTING_MAX, Page, SearchError, SortBy, UserSearch},
};

/// A search, as a caller asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserQuery {
    /// What must be true of whoever is found, all of it; phones as they were typed.
    pub conditions: Vec<Condition>,
    /// By what they are sorted.
    pub sort_by: SortBy,
    /// In which direction.
    pub direction: Direction,
    /// How many are left out at the start.
    pub offset: u64,
    /// How many are given at most; 0 for [`LIMIT_DEFAULT`](crate::search::LIMIT_DEFAULT).
    pub limit: u32,
}

/// What a search found.
#[derive(Debug)]
pub struct FoundUsers {
    /// The page.
    pub page: Page,
    /// When it was asked for. What was acknowledged before is in it.
    pub at: OffsetDateTime,
}

impl Users {
    /// Finds users. Those whom the actor may not read are silently left out, and nobody is refused for what they may not
    /// read.
    pub async fn search(&self, actor: &Actor, query: UserQuery) -> Result<FoundUsers, SearchError> {
        let asked = &query.conditions;
        if asked.iter().any(|condition| condition.nesting() > NESTING_MAX) {
            return Err(SearchError::NestedTooDeeply);
        }
        if asked.iter().map(Condition::count).sum::<usize>() > CONDITIONS_MAX {
            return Err(SearchError::TooManyConditions);
        }
        let limit = Page::limit(query.limit)?;
        let at = self.clock.now();
        let search = UserSearch {
            reading: readable_by(actor),
            condition: Condition::All(query.conditions).with_phones_read_by(&self.settings.phone),
            sort_by: query.sort_by,
            direction: query.direction,
            offset: query.offset,
            limit,
        };
        let page = self.storage.directory.search(&search).await?;
        Ok(FoundUsers { page, at })
    }
}
