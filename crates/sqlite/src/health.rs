use async_trait::async_trait;
use ringtrue_core::port::{StorageHealth, StoreError};
use sqlx::SqlitePool;

use crate::{error::rejected, error::store_error, migrate};

/// Tells whether the database can serve.
#[derive(Debug, Clone)]
pub(crate) struct SqliteHealth {
    readers: SqlitePool,
}

impl SqliteHealth {
    pub(crate) const fn new(readers: SqlitePool) -> Self {
        Self { readers }
    }
}

#[async_trait]
impl StorageHealth for SqliteHealth {
    async fn check(&self) -> Result<(), StoreError> {
        let mut connection = self.readers.acquire().await.map_err(store_error)?;
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
