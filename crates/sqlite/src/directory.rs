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
    user_store::{SELECT_USERS, StoredUser},
    visit::read,
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
pub(crate) struct SqliteDirectory {
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
    /// A search that nobody waits for any more still goes on to its end, which is not far: its connection would otherwise keep
    /// the bound, and in memory that connection also writes.
    async fn search(&self, search: &UserSearch) -> Result<Page, DirectoryError> {
        let (directory, search) = (self.clone(), search.clone());
        let searching = tokio::spawn(async move { directory.search_bounded(&search).await });
        searching.await.map_err(rejected)?
    }
}

impl SqliteDirectory {
    async fn search_bounded(&self, search: &UserSearch) -> Result<Page, DirectoryError> {
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
    // Counting is for pages that do not tell.
    let total = match search.total_told_by(users.len()) {
        Some(total) => total,
        None => count(&mut transaction, search).await?,
    };
    transaction.commit().await.map_err(store_error)?;
    Ok(Page { users, total })
}

async fn page(
    connection: &mut SqliteConnection,
    search: &UserSearch,
) -> Result<Vec<FoundUser>, DirectoryError> {
    let mut query = QueryBuilder::new("-- directory.search: the page\n");
    // An aggregate of what is sorted takes it in its order.
    query.push(SELECT_USERS).push("FROM (");
    push_page(&mut query, search)?;
    query.push(")");
    let page: String = once(&mut query)
        .fetch_one(connection)
        .await
        .and_then(|row| sqlx::Row::try_get(&row, 0))
        .map_err(directory_error)?;
    let page: Vec<StoredUser> = read(&page)?;
    let found = page
        .into_iter()
        .map(|stored| stored.read().map(|(id, now)| FoundUser { id, now }));
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

#[cfg(test)]
mod tests {
    use std::{future::poll_fn, task::Poll};

    use ringtrue_core::{
        access::Reading,
        port::Commit,
        search::{Case, Condition, Direction, Relation, SortBy, TextField, TextMatch},
    };
    use ringtrue_testkit::builders::creation;

    use super::*;
    use crate::{Location, Options, Sqlite};

    /// Some users in memory, and what takes many steps to find out about them.
    async fn crowd() -> (Sqlite, UserSearch) {
        let sqlite = Sqlite::open(&Options::new(Location::Memory)).await.unwrap();
        sqlite.migrate().await.unwrap();
        let commits: Vec<Commit> = (0..100).map(|nth| creation(&format!("user-{nth}"))).collect();
        sqlite.storage().users.commit(&commits).await.unwrap();
        let parts = (0..400).map(|nth| {
            let matches = TextMatch {
                relation: Relation::Contains,
                case: Case::Matters,
                text: format!("none {nth}"),
            };
            Condition::Text(TextField::GivenName, matches)
        });
        let search = UserSearch {
            reading: Reading::Everybody,
            condition: Condition::Any(parts.collect()),
            sort_by: SortBy::Id,
            direction: Direction::Ascending,
            offset: 0,
            limit: 10,
        };
        (sqlite, search)
    }

    /// Does what takes many steps on the connection that writes.
    async fn write_much(sqlite: &Sqlite) {
        let numbers =
            "WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 100000)
                       SELECT count(*) FROM number";
        let count: i64 = sqlx::query_scalar(numbers)
            .fetch_one(&sqlite.writer)
            .await
            .unwrap();
        assert_eq!(count, 100_000);
    }

    fn directory(sqlite: &Sqlite, steps_max: u32) -> SqliteDirectory {
        SqliteDirectory {
            searchers: sqlite.searchers.clone(),
            steps_max,
        }
    }

    #[tokio::test]
    async fn a_search_that_takes_too_many_steps_is_given_up_and_another_is_answered() {
        let (sqlite, search) = crowd().await;
        let refused = directory(&sqlite, 1).search(&search).await;
        assert!(matches!(refused, Err(DirectoryError::TooCostly)), "{refused:?}");
        let answered = directory(&sqlite, STEPS_MAX).search(&search).await;
        assert_eq!(answered.unwrap(), Page::default());
        write_much(&sqlite).await;
    }

    #[tokio::test]
    async fn a_search_that_nobody_waits_for_any_more_bounds_nothing_else() {
        let (sqlite, search) = crowd().await;
        let directory = directory(&sqlite, 1);
        // Given up at each place where it waits.
        for waits_max in 1..12 {
            let mut waits = 0;
            let mut searching = directory.search(&search);
            poll_fn(|context| {
                waits += 1;
                match searching.as_mut().poll(context) {
                    Poll::Pending if waits < waits_max => Poll::Pending,
                    _ => Poll::Ready(()),
                }
            })
            .await;
            drop(searching);
            write_much(&sqlite).await;
        }
    }
}
