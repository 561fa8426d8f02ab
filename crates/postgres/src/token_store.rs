use async_trait::async_trait;
use ringtrue_core::{
    UserId,
    access::{Grant, Subject},
    port::{InsertOutcome, StoreError, TokenStore},
    token::{FoundToken, TokenHash, TokenId, TokenRecord},
    user::Standing,
};
use sqlx::{PgPool, Row as _, postgres::PgRow, types::Json};

use crate::error::{rejected, store_error};

/// Keeps access tokens in PostgreSQL.
#[derive(Debug, Clone)]
pub(crate) struct PostgresTokenStore {
    pool: PgPool,
}

impl PostgresTokenStore {
    pub(crate) const fn new(pool: PgPool) -> Self {
        Self { pool }
    }
}

#[async_trait]
impl TokenStore for PostgresTokenStore {
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
            .bind(Json(&token.grants))
            .bind(token.created_at)
            .bind(token.expires_at)
            .execute(&self.pool)
            .await
            .map_err(store_error)?;
        Ok(InsertOutcome::of_rows(done.rows_affected()))
    }

    async fn find(&self, hash: &TokenHash) -> Result<Option<FoundToken>, StoreError> {
        let row = sqlx::query(include_str!("sql/token_store_find.sql"))
            .bind(hash.as_bytes().as_slice())
            .fetch_optional(&self.pool)
            .await
            .map_err(store_error)?;
        row.as_ref().map(read_found).transpose()
    }

    async fn list(&self) -> Result<Vec<TokenRecord>, StoreError> {
        let rows = sqlx::query(include_str!("sql/token_store_list.sql"))
            .fetch_all(&self.pool)
            .await
            .map_err(store_error)?;
        rows.iter().map(read).collect()
    }

    async fn remove(&self, id: &TokenId) -> Result<bool, StoreError> {
        let done = sqlx::query(include_str!("sql/token_store_remove.sql"))
            .bind(id.as_str())
            .execute(&self.pool)
            .await
            .map_err(store_error)?;
        Ok(done.rows_affected() > 0)
    }
}

fn read_found(row: &PgRow) -> Result<FoundToken, StoreError> {
    let holder: Option<&str> = row.try_get("holder").map_err(store_error)?;
    let standing =
        |name| Standing::from_stored(name).ok_or_else(|| rejected("a user's standing has no such name"));
    Ok(FoundToken {
        token: read(row)?,
        holder: holder.map(standing).transpose()?,
    })
}

fn read(row: &PgRow) -> Result<TokenRecord, StoreError> {
    let hash: &[u8] = row.try_get("hash").map_err(store_error)?;
    let user: Option<String> = row.try_get("user_id").map_err(store_error)?;
    let service: Option<String> = row.try_get("service").map_err(store_error)?;
    let subject = match (user, service) {
        (Some(id), None) => Subject::User(UserId::from_stored(id)),
        (None, Some(name)) => Subject::Service(name),
        _ => return Err(rejected("a token belongs to a user or to a service")),
    };
    let Json(grants): Json<Vec<Grant>> = row.try_get("grants").map_err(store_error)?;
    Ok(TokenRecord {
        id: TokenId::from_text(row.try_get("token_id").map_err(store_error)?),
        hash: TokenHash::from_stored(hash.try_into().map_err(rejected)?),
        subject,
        grants,
        created_at: row.try_get("created_at").map_err(store_error)?,
        expires_at: row.try_get("expires_at").map_err(store_error)?,
    })
}
