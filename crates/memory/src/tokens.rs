use async_trait::async_trait;
use ringtrue_core::{
    access::Subject,
    port::{InsertOutcome, StoreError, TokenStore},
    token::{FoundToken, TokenHash, TokenId, TokenRecord},
};

use crate::storage::MemoryStorage;

#[async_trait]
impl TokenStore for MemoryStorage {
    async fn insert(&self, token: &TokenRecord) -> Result<InsertOutcome, StoreError> {
        let tokens = &mut self.lock().tokens;
        if tokens
            .iter()
            .any(|known| known.id == token.id || known.hash == token.hash)
        {
            return Ok(InsertOutcome::Exists);
        }
        tokens.push(token.clone());
        Ok(InsertOutcome::Inserted)
    }

    async fn find(&self, hash: &TokenHash) -> Result<Option<FoundToken>, StoreError> {
        let contents = self.lock();
        let token = contents.tokens.iter().find(|token| token.hash == *hash);
        let holder = |token: &TokenRecord| match &token.subject {
            Subject::User(user) => Some(contents.users.get(user)?.now.value.account()?.standing),
            Subject::Service(_) => None,
        };
        Ok(token.map(|token| FoundToken {
            token: token.clone(),
            holder: holder(token),
        }))
    }

    async fn list(&self) -> Result<Vec<TokenRecord>, StoreError> {
        let mut tokens = self.lock().tokens.clone();
        tokens.sort_by(|a, b| (a.created_at, &a.id).cmp(&(b.created_at, &b.id)));
        Ok(tokens)
    }

    async fn remove(&self, id: &TokenId) -> Result<bool, StoreError> {
        let tokens = &mut self.lock().tokens;
        let before = tokens.len();
        tokens.retain(|token| token.id != *id);
        Ok(tokens.len() < before)
    }
}
