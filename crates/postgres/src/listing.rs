//! Mends where searches look: lists users as they are whom a binary has written, changed or erased that did not.

use ringtrue_core::{search::Listing, user::User};
use sqlx::{Connection as _, PgConnection, types::Json};

/// How many users are looked at, and mended in one transaction, and so held back at most.
const BATCH_LEN: i64 = 1_000;

/// Lists everybody as they are. It may be interrupted and run again, and run while others write.
pub(crate) async fn mend(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    let mut last = String::new();
    while let Some(next) = mend_after(connection, &last).await? {
        last = next;
    }
    Ok(())
}

/// Looks at a batch of those who come after `last`; gives the last of them.
async fn mend_after(connection: &mut PgConnection, last: &str) -> Result<Option<String>, sqlx::Error> {
    let batch: Vec<(String, Json<User>, Option<Json<Listing>>)> =
        sqlx::query_as(include_str!("sql/listing_look.sql"))
            .bind(last)
            .bind(BATCH_LEN)
            .fetch_all(&mut *connection)
            .await?;
    let astray: Vec<&str> = batch
        .iter()
        .filter(|(_, Json(state), listed)| Listing::of(state).as_ref() != listed.as_deref())
        .map(|(user, ..)| user.as_str())
        .collect();
    if !astray.is_empty() {
        mend_each(connection, &astray).await?;
    }
    Ok(batch.into_iter().next_back().map(|(user, ..)| user))
}

/// Lists these as they are once nobody else can change them: what was looked at may be old by now.
async fn mend_each(connection: &mut PgConnection, astray: &[&str]) -> Result<(), sqlx::Error> {
    let mut transaction = connection.begin().await?;
    let held: Vec<(String, Json<User>)> = sqlx::query_as(include_str!("sql/listing_hold.sql"))
        .bind(astray)
        .fetch_all(&mut *transaction)
        .await?;
    let (mut here, mut listings, mut gone) = (Vec::new(), Vec::new(), Vec::new());
    for (user, Json(state)) in &held {
        match Listing::of(state) {
            Some(listing) => {
                here.push(user);
                listings.push(Json(listing));
            }
            None => gone.push(user),
        }
    }
    sqlx::query(include_str!("sql/listing_enter.sql"))
        .bind(here)
        .bind(listings)
        .execute(&mut *transaction)
        .await?;
    sqlx::query(include_str!("sql/listing_strike.sql"))
        .bind(gone)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await
}
