use async_trait::async_trait;
use ringtrue_core::{
    UserId,
    access::Subject,
    port::{InsertOutcome, StoreError, TokenStore},
    token::{FoundToken, TokenHash, TokenId, TokenRecord},
    user::Standing,
};
use sqlx::{Row as _, SqlitePool, sqlite::SqliteRow};

use crate::{
    error::{rejected, store_error},
    instant::{from_micros, to_micros},
};

/// Keeps access tokens in SQLite.
#[derive(Debug, Clone)]
pub(crate) struct SqliteTokenStore {
    writer: SqlitePool,
    readers: SqlitePool,
}

impl SqliteTokenStore {
    pub(crate) const fn new(writer: SqlitePool, readers: SqlitePool) -> Self {
        Self { writer, readers }
    }
}

#[async_trait]
impl TokenStore for SqliteTokenStore {
    async fn insert(&self, token: &TokenRecord) -> Result<InsertOutcome, StoreError> {
        let (user, service) = match &token.subject {
            Subject::User(id) => (Some(id.as_str()), None),
            Subject::Service(name) => (None, Some(name.as_str())),
        };
        let done = sqlx::query(include_str!("sql/token_store_insert.sql"))
            .bind(token.id.as_str())
            .bind(token.hash.as_bytes().as_slice())
            .bind(user)
            .bind(service)
            .bind(serde_json::to_string(&token.grants).map_err(rejected)?)
            .bind(to_micros(token.created_at)?)
            .bind(token.expires_at.map(to_micros).transpose()?)
            .execute(&self.writer)
            .await
            .map_err(store_error)?;
        Ok(InsertOutcome::of_rows(done.rows_affected()))
    }

    async fn find(&self, hash: &TokenHash) -> Result<Option<FoundToken>, StoreError> {
        let row = sqlx::query(include_str!("sql/token_store_find.sql"))
            .bind(hash.as_bytes().as_slice())
            .fetch_optional(&self.readers)
            .await
            .map_err(store_error)?;
        row.as_ref().map(read_found).transpose()
    }

    async fn list(&self) -> Result<Vec<TokenRecord>, StoreError> {
        let rows = sqlx::query(include_str!("sql/token_store_list.sql"))
            .fetch_all(&self.readers)
            .await
            .map_err(store_error)?;
        rows.iter().map(read).collect()
    }

    async fn remove(&self, id: &TokenId) -> Result<bool, StoreError> {
        let done = sqlx::query(include_str!("sql/token_store_remove.sql"))
            .bind(id.as_str())
            .execute(&self.writer)
            .await
            .map_err(store_error)?;
        Ok(done.rows_affected() > 0)
    }
}

fn read_found(row: &SqliteRow) -> Result<FoundToken, StoreError> {
    let holder: Option<&str> = row.try_get("holder").map_err(store_error)?;
    let standing =
        |name| Standing::from_stored(name).ok_or_else(|| rejected("a user's standing has no such name"));
    Ok(FoundToken {
        token: read(row)?,
        holder: holder.map(standing).transpose()?,
    })
}

fn read(row: &SqliteRow) -> Result<TokenRecord, StoreError> {
    let hash: &[u8] = row.try_get("hash").map_err(store_error)?;
    let user: Option<String> = row.try_get("user_id").map_err(store_error)?;
    let service: Option<String> = row.try_get("service").map_err(store_error)?;
    let subject = match (user, service) {
        (Some(id), None) => Subject::User(UserId::from_stored(id)),
        (None, Some(name)) => Subject::Service(name),
        _ => return Err(rejected("a token belongs to a user or to a service")),
    };
    let expires_at: Option<i64> = row.try_get("expires_at").map_err(store_error)?;
    Ok(TokenRecord {
        id: TokenId::from_text(row.try_get("token_id").map_err(store_error)?),
        hash: TokenHash::from_stored(hash.try_into().map_err(rejected)?),
        subject,
        grants: serde_json::from_str(row.try_get("grants").map_err(store_error)?).map_err(rejected)?,
        created_at: from_micros(row.try_get("created_at").map_err(store_error)?)?,
        expires_at: expires_at.map(from_micros).transpose()?,
    })
}
