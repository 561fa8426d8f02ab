//! Lists users where searches look.

use ringtrue_core::{UserId, port::StoreError, search::Listing, user::User};
use sqlx::SqliteConnection;

use crate::{
    error::{rejected, store_error},
    instant::to_micros,
};

/// How many users are read at a time.
const BATCH_LEN: i64 = 1_000;

/// Enters a user, or what the user is found by from now on.
pub(crate) async fn enter(
    connection: &mut SqliteConnection,
    user: &UserId,
    listing: &Listing,
) -> Result<(), StoreError> {
    sqlx::query(include_str!("sql/listing_enter.sql"))
        .bind(user.as_str())
        .bind(to_micros(listing.created_at)?)
        .bind(serde_json::to_string(listing).map_err(rejected)?)
        .execute(connection)
        .await
        .map_err(store_error)?;
    Ok(())
}

/// Lists everybody as they are whom a binary has written, changed or erased that did not.
///
/// Everybody is looked at until that was done once after the last such binary is gone, and then nobody: a start takes no longer
/// for many users than for few.
pub(crate) async fn mend(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let due: Option<bool> = sqlx::query_scalar(include_str!("sql/listing_due.sql"))
        .fetch_optional(&mut *connection)
        .await
        .map_err(store_error)?;
    let Some(is_last) = due else {
        return Ok(());
    };
    let mut last = String::new();
    while let Some(next) = mend_after(connection, &last).await? {
        last = next;
    }
    if is_last {
        sqlx::query(include_str!("sql/listing_done.sql"))
            .execute(connection)
            .await
            .map_err(store_error)?;
    }
    Ok(())
}

/// Looks at a batch of those who come after `last`; gives the last of them.
async fn mend_after(connection: &mut SqliteConnection, last: &str) -> Result<Option<String>, StoreError> {
    let batch: Vec<(String, String)> = sqlx::query_as(include_str!("sql/listing_look.sql"))
        .bind(last)
        .bind(BATCH_LEN)
        .fetch_all(&mut *connection)
        .await
        .map_err(store_error)?;
    for (user, document) in &batch {
        let state: User = serde_json::from_str(document).map_err(rejected)?;
        match Listing::of(&state) {
            Some(listing) => enter(connection, &UserId::from_stored(user.clone()), &listing).await?,
            None => strike(connection, user).await?,
        }
    }
    Ok(batch.into_iter().next_back().map(|(user, _)| user))
}

async fn strike(connection: &mut SqliteConnection, user: &str) -> Result<(), StoreError> {
    sqlx::query(include_str!("sql/listing_strike.sql"))
        .bind(user)
        .execute(connection)
        .await
        .map_err(store_error)?;
    Ok(())
}
