use async_trait::async_trait;
use ringtrue_core::{
    OrgId, Organization,
    port::{InsertOutcome, OrganizationStore, StoreError},
};
use sqlx::{Row as _, SqlitePool, sqlite::SqliteRow};

use crate::{
    error::store_error,
    instant::{from_micros, to_micros},
};

/// Keeps the organisations in SQLite.
#[derive(Debug, Clone)]
pub struct SqliteOrganizationStore {
    writer: SqlitePool,
    readers: SqlitePool,
}

impl SqliteOrganizationStore {
    pub(crate) const fn new(writer: SqlitePool, readers: SqlitePool) -> Self {
        Self { writer, readers }
    }
}

#[async_trait]
impl OrganizationStore for SqliteOrganizationStore {
    async fn insert(&self, organization: &Organization) -> Result<InsertOutcome, StoreError> {
        let done = sqlx::query(include_str!("sql/organization_store_insert.sql"))
            .bind(organization.id.as_str())
            .bind(&organization.name)
            .bind(to_micros(organization.created_at)?)
            .execute(&self.writer)
            .await
            .map_err(store_error)?;
        Ok(match done.rows_affected() {
            0 => InsertOutcome::Exists,
            _ => InsertOutcome::Inserted,
        })
    }

    async fn find(&self, id: &OrgId) -> Result<Option<Organization>, StoreError> {
        let row = sqlx::query(include_str!("sql/organization_store_find.sql"))
            .bind(id.as_str())
            .fetch_optional(&self.readers)
            .await
            .map_err(store_error)?;
        row.as_ref().map(read).transpose()
    }

    async fn list(&self) -> Result<Vec<Organization>, StoreError> {
        let rows = sqlx::query(include_str!("sql/organization_store_list.sql"))
            .fetch_all(&self.readers)
            .await
            .map_err(store_error)?;
        rows.iter().map(read).collect()
    }
}

fn read(row: &SqliteRow) -> Result<Organization, StoreError> {
    Ok(Organization {
        id: OrgId::from_stored(row.try_get("organization_id").map_err(store_error)?),
        name: row.try_get("name").map_err(store_error)?,
        created_at: from_micros(row.try_get("created_at").map_err(store_error)?)?,
    })
}
