//! Finishes erasures: forgets what replicas that know of no `settled_messages` (step 9) have left there of users whom they
//! erased.

use sqlx::PgConnection;

use crate::migrate::MigrateError;

/// Forgets the settled messages of users who are gone. It may be interrupted and run again, and run while others write.
///
/// That is done at every start until it was done once after the last such replica is gone, and then no more.
pub(crate) async fn finish(connection: &mut PgConnection) -> Result<(), MigrateError> {
    finish_all(connection)
        .await
        .map_err(|error| MigrateError::Failed(error.into()))
}

async fn finish_all(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    let due: Option<bool> = sqlx::query_scalar(include_str!("sql/erasures_due.sql"))
        .fetch_optional(&mut *connection)
        .await?;
    let Some(is_last) = due else {
        return Ok(());
    };
    sqlx::query(include_str!("sql/erasures_finish.sql"))
        .execute(&mut *connection)
        .await?;
    if is_last {
        sqlx::query(include_str!("sql/erasures_done.sql"))
            .execute(connection)
            .await?;
    }
    Ok(())
}
