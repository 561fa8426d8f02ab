//! Finishes erasures: forgets what replicas that know of no `settled_messages` (step 9) have left there of users whom they
//! erased.

use sqlx::PgConnection;

/// Forgets the settled messages of users who are gone.
pub(crate) async fn finish(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query(include_str!("sql/erasures_finish.sql"))
        .execute(connection)
        .await?;
    Ok(())
}
