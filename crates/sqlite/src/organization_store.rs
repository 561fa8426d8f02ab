use async_trait::async_trait;
use ringtrue_core::{
    OrgId, Organization, OrganizationPage, OrganizationSearch,
    port::{AnsweringOutcome, InsertOutcome, KeyedReply, OrganizationStore, StoreError},
    search::Direction,
};
use sqlx::{Row as _, SqliteConnection, SqlitePool, sqlite::SqliteRow};

use crate::{
    error::{rejected, store_error},
    idempotency_store::insert_reply,
    instant::{from_micros, to_micros},
};

/// Keeps the organisations in SQLite.
#[derive(Debug, Clone)]
pub(crate) struct SqliteOrganizationStore {
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
        let mut connection = self.writer.acquire().await.map_err(store_error)?;
        insert(&mut connection, organization).await
    }

    async fn insert_answering(
        &self,
        organization: &Organization,
        reply: &KeyedReply,
    ) -> Result<AnsweringOutcome, StoreError> {
        // One that is not committed is rolled back when it goes.
        let mut transaction = self
            .writer
            .begin_with("BEGIN IMMEDIATE")
            .await
            .map_err(store_error)?;
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
            .fetch_optional(&self.readers)
            .await
            .map_err(store_error)?;
        row.as_ref().map(read).transpose()
    }

    async fn search(&self, search: &OrganizationSearch) -> Result<OrganizationPage, StoreError> {
        let ids = search
            .ids
            .as_ref()
            .map(serde_json::to_string)
            .transpose()
            .map_err(rejected)?;
        let names = search
            .names
            .as_ref()
            .map(serde_json::to_string)
            .transpose()
            .map_err(rejected)?;
        let rows = sqlx::query(include_str!("sql/organization_store_search.sql"))
            .bind(ids)
            .bind(names)
            .bind(search.sort_by.as_str())
            .bind(search.direction == Direction::Ascending)
            .bind(i64::try_from(search.offset).unwrap_or(i64::MAX))
            .bind(i64::from(search.limit))
            .fetch_all(&self.readers)
            .await
            .map_err(store_error)?;
        page(&rows)
    }

    async fn list(&self) -> Result<Vec<Organization>, StoreError> {
        let rows = sqlx::query(include_str!("sql/organization_store_list.sql"))
            .fetch_all(&self.readers)
            .await
            .map_err(store_error)?;
        rows.iter().map(read).collect()
    }
}

async fn insert(
    connection: &mut SqliteConnection,
    organization: &Organization,
) -> Result<InsertOutcome, StoreError> {
    let done = sqlx::query(include_str!("sql/organization_store_insert.sql"))
        .bind(organization.id.as_str())
        .bind(&organization.name)
        .bind(to_micros(organization.created_at)?)
        .execute(connection)
        .await
        .map_err(store_error)?;
    Ok(InsertOutcome::of_rows(done.rows_affected()))
}

/// Every row has the count; the only row of an empty page has nothing else.
fn page(rows: &[SqliteRow]) -> Result<OrganizationPage, StoreError> {
    let mut page = OrganizationPage::default();
    for row in rows {
        let total: i64 = row.try_get("total").map_err(store_error)?;
        page.total = u64::try_from(total).unwrap_or_default();
        let id: Option<&str> = row.try_get("organization_id").map_err(store_error)?;
        if id.is_some() {
            page.organizations.push(read(row)?);
        }
    }
    Ok(page)
}

fn read(row: &SqliteRow) -> Result<Organization, StoreError> {
    Ok(Organization {
        id: OrgId::from_stored(row.try_get("organization_id").map_err(store_error)?),
        name: row.try_get("name").map_err(store_error)?,
        created_at: from_micros(row.try_get("created_at").map_err(store_error)?)?,
    })
}
