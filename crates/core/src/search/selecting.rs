//! What a search means.

use std::cmp::Ordering;

use super::{Condition, Direction, FoundUser, Listing, Page, SortBy, UserSearch};
use crate::{
    UserId,
    access::Reading,
    port::Versioned,
    user::{Account, User},
};

impl Page {
    /// The page that a search finds among these users: the one that every [`Directory`](crate::port::Directory) must give.
    #[must_use]
    pub fn select<'a>(
        users: impl IntoIterator<Item = (&'a UserId, &'a Versioned<User>)>,
        search: &UserSearch,
    ) -> Self {
        let mut found: Vec<Candidate<'_>> = users
            .into_iter()
            .filter_map(|(id, now)| Candidate::of(id, now))
            .filter(|candidate| candidate.may_be_read(&search.reading) && candidate.meets(&search.condition))
            .collect();
        found.sort_by(|one, other| {
            let order = one.compare(other, search.sort_by);
            match search.direction {
                Direction::Ascending => order,
                Direction::Descending => order.reverse(),
            }
        });
        let offset = usize::try_from(search.offset).unwrap_or(usize::MAX);
        let users = found.iter().skip(offset).take(search.limit as usize);
        Self {
            users: users.map(Candidate::found).collect(),
            total: found.len() as u64,
        }
    }
}

struct Candidate<'a> {
    id: &'a UserId,
    now: &'a Versioned<User>,
    account: &'a Account,
    listing: Listing,
}

impl<'a> Candidate<'a> {
    /// Whoever was deleted is no candidate.
    fn of(id: &'a UserId, now: &'a Versioned<User>) -> Option<Self> {
        Some(Self {
            id,
            now,
            account: now.value.account()?,
            listing: Listing::of(&now.value)?,
        })
    }

    fn may_be_read(&self, reading: &Reading) -> bool {
        match reading {
            Reading::Everybody => true,
            Reading::Only {
                organizations,
                oneself,
            } => organizations.contains(&self.listing.organization_id) || oneself.as_ref() == Some(self.id),
        }
    }

    fn meets(&self, condition: &Condition) -> bool {
        match condition {
            Condition::Text(field, text) => text.holds(self.listing.text(*field)),
            Condition::Phone(phone) => self
                .account
                .phone
                .as_ref()
                .is_some_and(|it| phone.relation.holds(it.number.as_str(), &phone.text)),
            Condition::Standing(standing) => self.listing.standing == *standing,
            Condition::Organization(id) => self.listing.organization_id == *id,
            Condition::Ids(ids) => ids.contains(self.id),
            Condition::Emails(emails) => emails.contains(&self.listing.email),
            Condition::All(parts) => parts.iter().all(|part| self.meets(part)),
            Condition::Any(parts) => parts.iter().any(|part| self.meets(part)),
            Condition::Not(part) => !self.meets(part),
        }
    }

    fn compare(&self, other: &Self, by: SortBy) -> Ordering {
        let (one, two) = (&self.listing, &other.listing);
        let by_column = match by {
            SortBy::Id => Ordering::Equal,
            SortBy::Text(field) => one.folded(field).cmp(two.folded(field)),
            SortBy::Standing => one.standing.as_str().cmp(two.standing.as_str()),
            SortBy::CreatedAt => one.created_at.cmp(&two.created_at),
        };
        by_column.then_with(|| self.id.cmp(other.id))
    }

    fn found(&self) -> FoundUser {
        FoundUser {
            id: self.id.clone(),
            now: self.now.clone(),
        }
    }
}
