use async_trait::async_trait;
use ringtrue_core::port::{StorageHealth, StoreError};
use sqlx::PgPool;

use crate::{error::rejected, error::store_error, migrate};

/// Tells whether the database can serve.
#[derive(Debug, Clone)]
pub(crate) struct PostgresHealth {
    pool: PgPool,
}

impl PostgresHealth {
    pub(crate) const fn new(pool: PgPool) -> Self {
        Self { pool }
    }
}

#[async_trait]
impl StorageHealth for PostgresHealth {
    async fn check(&self) -> Result<(), StoreError> {
        let mut connection = self.pool.acquire().await.map_err(store_error)?;
        let version = migrate::database_version(&mut connection)
            .await
            .map_err(store_error)?;
        if version == migrate::binary_version() {
            Ok(())
        } else {
            Err(rejected(
                "the schema is not the one that this binary was built for",
            ))
        }
    }
}
