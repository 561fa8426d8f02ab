//! Enters users where searches look who were written by a binary that did not.

use ringtrue_core::{search::Listing, user::User};
use sqlx::{Connection as _, PgConnection, types::Json};

use crate::migrate::MigrateError;

/// How many users are entered in one transaction, and so held back at most.
const BATCH_LEN: i64 = 1_000;

/// Enters every user who is missing. It may be interrupted and run again, and run while others write.
pub(crate) async fn fill(connection: &mut PgConnection) -> Result<(), MigrateError> {
    let mut last = String::new();
    loop {
        let failed = |error: sqlx::Error| MigrateError::Failed(error.into());
        match fill_after(connection, &last).await.map_err(failed)? {
            Some(next) => last = next,
            None => return Ok(()),
        }
    }
}

/// Enters a batch of those who come after `last`; gives the last of them.
async fn fill_after(connection: &mut PgConnection, last: &str) -> Result<Option<String>, sqlx::Error> {
    let mut transaction = connection.begin().await?;
    let missing: Vec<(String, Json<User>)> = sqlx::query_as(include_str!("sql/listing_missing.sql"))
        .bind(last)
        .bind(BATCH_LEN)
        .fetch_all(&mut *transaction)
        .await?;
    let (users, listings): (Vec<&str>, Vec<Json<Listing>>) = missing
        .iter()
        .filter_map(|(user, Json(state))| Some((user.as_str(), Json(Listing::of(state)?))))
        .unzip();
    sqlx::query(include_str!("sql/listing_enter.sql"))
        .bind(users)
        .bind(listings)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(missing.into_iter().next_back().map(|(user, _)| user))
}
