use async_trait::async_trait;
use ringtrue_core::{
    OrgId, Organization, OrganizationPage, OrganizationSearch,
    port::{AnsweringOutcome, InsertOutcome, KeyedReply, OrganizationStore, StoreError},
    search::Direction,
};
use sqlx::{PgConnection, PgPool, Row as _, postgres::PgRow};

use crate::{error::store_error, idempotency_store::insert_reply};

/// Keeps the organisations in PostgreSQL.
#[derive(Debug, Clone)]
pub(crate) struct PostgresOrganizationStore {
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
        let mut connection = self.pool.acquire().await.map_err(store_error)?;
        insert(&mut connection, organization).await
    }

    async fn insert_answering(
        &self,
        organization: &Organization,
        reply: &KeyedReply,
    ) -> Result<AnsweringOutcome, StoreError> {
        // One that is not committed is rolled back when it goes. Everybody takes the key first and then the id, so that
        // nobody waits in a circle.
        let mut transaction = self.pool.begin().await.map_err(store_error)?;
        if insert_reply(&mut transaction, reply).await? == InsertOutcome::Exists {
            return Ok(AnsweringOutcome::Answered);
        }
        if insert(&mut transaction, organization).await? == InsertOutcome::Exists {
            return Ok(AnsweringOutcome::Exists);
        }
        transaction.commit().await.map_err(store_error)?;
        Ok(AnsweringOutcome::Inserted)
    }

    async fn find(&self, id: &OrgId) -> Result<Option<Organization>, StoreError> {
        let row = sqlx::query(include_str!("sql/organization_store_find.sql"))
            .bind(id.as_str())
            .fetch_optional(&self.pool)
            .await
            .map_err(store_error)?;
        row.as_ref().map(read).transpose().map_err(store_error)
    }

    async fn search(&self, search: &OrganizationSearch) -> Result<OrganizationPage, StoreError> {
        let ids = search
            .ids
            .as_ref()
            .map(|ids| ids.iter().map(OrgId::as_str).collect::<Vec<_>>());
        let rows = sqlx::query(include_str!("sql/organization_store_search.sql"))
            .bind(ids)
            .bind(search.names.as_deref())
            .bind(search.sort_by.as_str())
            .bind(search.direction == Direction::Ascending)
            .bind(i64::try_from(search.offset).unwrap_or(i64::MAX))
            .bind(i64::from(search.limit))
            .fetch_all(&self.pool)
            .await
            .map_err(store_error)?;
        page(&rows).map_err(store_error)
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

async fn insert(
    connection: &mut PgConnection,
    organization: &Organization,
) -> Result<InsertOutcome, StoreError> {
    let done = sqlx::query(include_str!("sql/organization_store_insert.sql"))
        .bind(organization.id.as_str())
        .bind(&organization.name)
        .bind(organization.created_at)
        .execute(connection)
        .await
        .map_err(store_error)?;
    Ok(InsertOutcome::of_rows(done.rows_affected()))
}

/// Every row has the count; the only row of an empty page has nothing else.
fn page(rows: &[PgRow]) -> Result<OrganizationPage, sqlx::Error> {
    let mut page = OrganizationPage::default();
    for row in rows {
        page.total = u64::try_from(row.try_get::<i64, _>("total")?).unwrap_or_default();
        if row.try_get::<Option<&str>, _>("organization_id")?.is_some() {
            page.organizations.push(read(row)?);
        }
    }
    Ok(page)
}

fn read(row: &PgRow) -> Result<Organization, sqlx::Error> {
    Ok(Organization {
        id: OrgId::from_stored(row.try_get("organization_id")?),
        name: row.try_get("name")?,
        created_at: row.try_get("created_at")?,
    })
}
