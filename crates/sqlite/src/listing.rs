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
/// Who is missing, or still listed after going, is looked for every time. What users are called is compared until it was
/// once after the last binary is gone that may have changed it.
pub(crate) async fn mend(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let (compares, is_last): (bool, bool) = sqlx::query_as(include_str!("sql/listing_due.sql"))
        .fetch_one(&mut *connection)
        .await
        .map_err(store_error)?;
    let mut last = String::new();
    while let Some(next) = mend_after(connection, &last, compares).await? {
        last = next;
    }
    if compares && is_last {
        sqlx::query(include_str!("sql/listing_done.sql"))
            .execute(connection)
            .await
            .map_err(store_error)?;
    }
    Ok(())
}

/// Looks at a batch of those who come after `last`; gives the last of them.
async fn mend_after(
    connection: &mut SqliteConnection,
    last: &str,
    compares: bool,
) -> Result<Option<String>, StoreError> {
    let batch: Vec<(String, String)> = sqlx::query_as(include_str!("sql/listing_look.sql"))
        .bind(last)
        .bind(BATCH_LEN)
        .bind(compares)
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
