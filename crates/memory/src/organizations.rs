use std::collections::btree_map::Entry;

use async_trait::async_trait;
use ringtrue_core::{
    OrgId, Organization,
    port::{InsertOutcome, OrganizationStore, StoreError},
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

    async fn find(&self, id: &OrgId) -> Result<Option<Organization>, StoreError> {
        Ok(self.lock().organizations.get(id).cloned())
    }

    async fn list(&self) -> Result<Vec<Organization>, StoreError> {
        Ok(self.lock().organizations.values().cloned().collect())
    }
}
