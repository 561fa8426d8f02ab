//! Enters users where searches look.

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

/// Enters every user who is missing, because a binary wrote them that did not.
pub(crate) async fn fill(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let mut last = String::new();
    loop {
        let missing: Vec<(String, String)> = sqlx::query_as(include_str!("sql/listing_missing.sql"))
            .bind(&last)
            .bind(BATCH_LEN)
            .fetch_all(&mut *connection)
            .await
            .map_err(store_error)?;
        for (user, document) in &missing {
            let state: User = serde_json::from_str(document).map_err(rejected)?;
            if let Some(listing) = Listing::of(&state) {
                enter(connection, &UserId::from_stored(user.clone()), &listing).await?;
            }
        }
        match missing.into_iter().next_back() {
            Some((user, _)) => last = user,
            None => return Ok(()),
        }
    }
}
