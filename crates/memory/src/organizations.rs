use std::collections::btree_map::Entry;

use async_trait::async_trait;
use ringtrue_core::{
    OrgId, Organization, OrganizationOrder, OrganizationPage, OrganizationSearch,
    port::{AnsweringOutcome, InsertOutcome, KeyedReply, OrganizationStore, StoreError},
    search::Direction,
};

use crate::storage::MemoryStorage;

#[async_trait]
impl OrganizationStore for MemoryStorage {
    async fn insert(&self, organization: &Organization) -> Result<InsertOutcome, StoreError> {
        match self.lock().organizations.entry(organization.id.clone()) {
            Entry::Occupied(_) => Ok(InsertOutcome::Exists),
            Entry::Vacant(place) => {
                place.insert(organization.clone());
                Ok(InsertOutcome::Inserted)
            }
        }
    }

    async fn insert_answering(
        &self,
        organization: &Organization,
        reply: &KeyedReply,
    ) -> Result<AnsweringOutcome, StoreError> {
        let contents = &mut *self.lock();
        if contents.key_replies.contains_key(&reply.key) {
            return Ok(AnsweringOutcome::Answered);
        }
        let Entry::Vacant(place) = contents.organizations.entry(organization.id.clone()) else {
            return Ok(AnsweringOutcome::Exists);
        };
        place.insert(organization.clone());
        contents.answer(reply);
        Ok(AnsweringOutcome::Inserted)
    }

    async fn find(&self, id: &OrgId) -> Result<Option<Organization>, StoreError> {
        Ok(self.lock().organizations.get(id).cloned())
    }

    async fn search(&self, search: &OrganizationSearch) -> Result<OrganizationPage, StoreError> {
        let contents = self.lock();
        let asked_for = |found: &&Organization| {
            search.ids.as_ref().is_none_or(|ids| ids.contains(&found.id))
                && search
                    .names
                    .as_ref()
                    .is_none_or(|names| names.contains(&found.name))
        };
        let mut found: Vec<&Organization> = contents.organizations.values().filter(asked_for).collect();
        // They come by id, and a stable sort keeps that among equals.
        match search.sort_by {
            OrganizationOrder::Id => {}
            OrganizationOrder::Name => found.sort_by(|one, other| one.name.cmp(&other.name)),
            OrganizationOrder::CreatedAt => found.sort_by_key(|found| found.created_at),
        }
        if search.direction == Direction::Descending {
            found.reverse();
        }
        let offset = usize::try_from(search.offset).unwrap_or(usize::MAX);
        let limit = usize::try_from(search.limit).unwrap_or(usize::MAX);
        Ok(OrganizationPage {
            total: u64::try_from(found.len()).unwrap_or(u64::MAX),
            organizations: found.into_iter().skip(offset).take(limit).cloned().collect(),
        })
    }

    async fn list(&self) -> Result<Vec<Organization>, StoreError> {
        Ok(self.lock().organizations.values().cloned().collect())
    }
}
