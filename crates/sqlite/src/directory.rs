#[cfg(test)]
mod plans;
mod statement;

use async_trait::async_trait;
use ringtrue_core::{
    port::{Directory, DirectoryError},
    search::{FoundUser, Page, UserSearch},
};
use sqlx::{QueryBuilder, Sqlite, SqliteConnection, SqlitePool, query::Query, sqlite::SqliteArguments};

use self::statement::{push_count, push_page};
use crate::{
    error::{rejected, store_error, was_interrupted},
    user_store::read,
};

/// After how many instructions of its virtual machine SQLite asks whether to go on.
const STEP: i32 = 100_000;

/// How often it may ask in a search. The work is bounded and not the time, so that the same search always ends the same
/// way; a million users are read through in about a tenth of it.
const STEPS_MAX: u32 = 5_000;

/// Finds users in SQLite.
///
/// Whole texts and their beginnings are found by an index; for parts and ends of texts every user is looked at. A search
/// that would look at too many is given up as too costly.
#[derive(Debug, Clone)]
pub struct SqliteDirectory {
    searchers: SqlitePool,
    steps_max: u32,
}

impl SqliteDirectory {
    pub(crate) const fn new(searchers: SqlitePool) -> Self {
        Self {
            searchers,
            steps_max: STEPS_MAX,
        }
    }
}

#[async_trait]
impl Directory for SqliteDirectory {
    async fn search(&self, search: &UserSearch) -> Result<Page, DirectoryError> {
        let mut connection = self.searchers.acquire().await.map_err(store_error)?;
        let mut steps_left = self.steps_max;
        connection
            .lock_handle()
            .await
            .map_err(store_error)?
            .set_progress_handler(STEP, move || {
                steps_left = steps_left.saturating_sub(1);
                steps_left > 0
            });
        let answer = select(&mut connection, search).await;
        // In memory the connection also writes, which nothing bounds. A search that is dropped on the way leaves the handler
        // to the next search, which sets its own.
        connection
            .lock_handle()
            .await
            .map_err(store_error)?
            .remove_progress_handler();
        answer
    }
}

/// Both statements in one transaction, so that they see the users as they were at one moment.
async fn select(connection: &mut SqliteConnection, search: &UserSearch) -> Result<Page, DirectoryError> {
    let mut transaction = sqlx::Connection::begin(connection).await.map_err(store_error)?;
    let users = page(&mut transaction, search).await?;
    let seen = search.offset.saturating_add(users.len() as u64);
    // A page that is not full is the last one, and counting is for the others. So is one beyond the end.
    let is_last = users.len() < search.limit as usize && (search.offset == 0 || !users.is_empty());
    let total = if is_last {
        seen
    } else {
        count(&mut transaction, search).await?
    };
    transaction.commit().await.map_err(store_error)?;
    Ok(Page { users, total })
}

async fn page(
    connection: &mut SqliteConnection,
    search: &UserSearch,
) -> Result<Vec<FoundUser>, DirectoryError> {
    let mut query = QueryBuilder::new("-- directory.search: the page\n");
    push_page(&mut query, search)?;
    let rows = once(&mut query)
        .fetch_all(connection)
        .await
        .map_err(directory_error)?;
    let found = rows
        .iter()
        .map(|row| read(row).map(|(id, now)| FoundUser { id, now }));
    Ok(found.collect::<Result<_, _>>()?)
}

async fn count(connection: &mut SqliteConnection, search: &UserSearch) -> Result<u64, DirectoryError> {
    let mut query = QueryBuilder::new("-- directory.search: the total\n");
    push_count(&mut query, search)?;
    let row = once(&mut query)
        .fetch_one(connection)
        .await
        .map_err(directory_error)?;
    let total: i64 = sqlx::Row::try_get(&row, 0).map_err(store_error)?;
    Ok(u64::try_from(total).map_err(rejected)?)
}

/// A statement of which the connection need not keep a prepared copy: hardly two searches have the same text.
fn once(query: &mut QueryBuilder<Sqlite>) -> Query<'_, Sqlite, SqliteArguments> {
    query.build().persistent(false)
}

fn directory_error(error: sqlx::Error) -> DirectoryError {
    if was_interrupted(&error) {
        DirectoryError::TooCostly
    } else {
        DirectoryError::Store(store_error(error))
    }
}
