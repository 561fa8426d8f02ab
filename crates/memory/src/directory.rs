use async_trait::async_trait;
use ringtrue_core::{
    port::{Directory, DirectoryError},
    search::{Page, UserSearch},
};

use crate::storage::MemoryStorage;

#[async_trait]
impl Directory for MemoryStorage {
    async fn search(&self, search: &UserSearch) -> Result<Page, DirectoryError> {
        let contents = self.lock();
        let users = contents.users.iter().map(|(id, stored)| (id, &stored.now));
        Ok(Page::select(users, search))
    }
}
