use async_trait::async_trait;
use ringtrue_core::{
    OrgId, Organization,
    port::{InsertOutcome, OrganizationStore, StoreError},
};
use sqlx::{PgPool, Row as _, postgres::PgRow};

use crate::error::store_error;

/// Keeps the organisations in PostgreSQL.
#[derive(Debug, Clone)]
pub struct PostgresOrganizationStore {
    pool: PgPool,
}

impl PostgresOrganizationStore {
    pub(crate) const fn new(pool: PgPool) -> Self {
        Self { pool }
    }
}

#[async_trait]
impl OrganizationStore for PostgresOrganizationStore {
    async fn insert(&self, organization: &Organization) -> Result<InsertOutcome, StoreError> {
        let done = sqlx::query(include_str!("sql/organization_store_insert.sql"))
            .bind(organization.id.as_str())
            .bind(&organization.name)
            .bind(organization.created_at)
            .execute(&self.pool)
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
            .fetch_optional(&self.pool)
            .await
            .map_err(store_error)?;
        row.as_ref().map(read).transpose().map_err(store_error)
    }

    async fn list(&self) -> Result<Vec<Organization>, StoreError> {
        let rows = sqlx::query(include_str!("sql/organization_store_list.sql"))
            .fetch_all(&self.pool)
            .await
            .map_err(store_error)?;
        rows.iter()
            .map(read)
            .collect::<Result<_, _>>()
            .map_err(store_error)
    }
}

fn read(row: &PgRow) -> Result<Organization, sqlx::Error> {
    Ok(Organization {
        id: OrgId::from_stored(row.try_get("organization_id")?),
        name: row.try_get("name")?,
        created_at: row.try_get("created_at")?,
    })
}
