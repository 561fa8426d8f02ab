#[cfg(test)]
mod plans;
mod statement;

use std::sync::Arc;

use async_trait::async_trait;
use ringtrue_core::{
    port::{Directory, DirectoryError, StoreError},
    search::{FoundUser, Page, UserSearch},
};
use sqlx::{PgConnection, PgPool, Postgres, QueryBuilder, postgres::PgArguments, query::Query};
use tokio::{sync::Semaphore, time::timeout};

use self::statement::{push_count, push_page};
use crate::{
    error::{ran_out_of_time, rejected, store_error},
    user_store::read,
};

/// Begins a search: both of its statements see the users as they were at one moment. What a search asks for differs too
/// much for one plan to fit all, and is not asked often enough for compiling to pay. An index is read at the price of memory
/// and flash, not of a disk that turns.
const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; \
                     SET LOCAL plan_cache_mode = force_custom_plan; SET LOCAL jit = off; \
                     SET LOCAL random_page_cost = 1.1";

/// Finds users in PostgreSQL.
///
/// What texts, ids, states and organisations ask for is found in `user_search` alone, what phones ask for in an index of
/// `users`. A search that takes longer than a statement may is given up as too costly.
#[derive(Debug, Clone)]
pub(crate) struct PostgresDirectory {
    pool: PgPool,
    /// One for each search that may run at once: searches take longer than other calls, which must not run out of
    /// connections for their sake.
    turns: Arc<Semaphore>,
}

impl PostgresDirectory {
    pub(crate) fn new(pool: PgPool) -> Self {
        let turns = pool.options().get_max_connections().div_ceil(4);
        let turns = Arc::new(Semaphore::new(turns as usize));
        Self { pool, turns }
    }
}

#[async_trait]
impl Directory for PostgresDirectory {
    async fn search(&self, search: &UserSearch) -> Result<Page, DirectoryError> {
        let patience = self.pool.options().get_acquire_timeout();
        let turn = timeout(patience, self.turns.acquire()).await;
        let _turn = turn.map_err(|_| StoreError::Overloaded)?.map_err(rejected)?;
        let mut transaction = self.pool.begin_with(BEGIN).await.map_err(store_error)?;
        let users = page(&mut transaction, search).await?;
        // Counting is for pages that do not tell.
        let total = match search.total_told_by(users.len()) {
            Some(total) => total,
            None => count(&mut transaction, search).await?,
        };
        transaction.commit().await.map_err(store_error)?;
        Ok(Page { users, total })
    }
}

async fn page(connection: &mut PgConnection, search: &UserSearch) -> Result<Vec<FoundUser>, DirectoryError> {
    let mut query = QueryBuilder::new("-- directory.search: the page\n");
    push_page(&mut query, search);
    let rows = once(&mut query)
        .fetch_all(connection)
        .await
        .map_err(directory_error)?;
    let found = rows
        .iter()
        .map(|row| read(row).map(|(id, now)| FoundUser { id, now }));
    Ok(found.collect::<Result<_, _>>()?)
}

async fn count(connection: &mut PgConnection, search: &UserSearch) -> Result<u64, DirectoryError> {
    let mut query = QueryBuilder::new("-- directory.search: the total\n");
    push_count(&mut query, search);
    let row = once(&mut query)
        .fetch_one(connection)
        .await
        .map_err(directory_error)?;
    let total: i64 = sqlx::Row::try_get(&row, 0).map_err(store_error)?;
    Ok(u64::try_from(total).map_err(rejected)?)
}

/// A statement of which the connection need not keep a prepared copy: hardly two searches have the same text.
fn once(query: &mut QueryBuilder<Postgres>) -> Query<'_, Postgres, PgArguments> {
    query.build().persistent(false)
}

fn directory_error(error: sqlx::Error) -> DirectoryError {
    if ran_out_of_time(&error) {
        DirectoryError::TooCostly
    } else {
        DirectoryError::Store(store_error(error))
    }
}
