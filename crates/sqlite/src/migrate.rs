use sqlx::{
    SqliteConnection, SqlitePool,
    migrate::{MigrateError as DriverError, Migrator},
};

use crate::listing;

static MIGRATOR: Migrator = sqlx::migrate!("../../migrations/sqlite");

/// Why the schema could not be brought up to this binary's.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// A newer binary has migrated the database; this one would not understand it.
    #[error(
        "the database's schema has version {database}, this binary knows versions up to {binary}; use a newer binary"
    )]
    Newer {
        /// The database's version.
        database: i64,
        /// The newest version that this binary knows.
        binary: i64,
    },
    /// A migration was applied that differs from the one of the same number in this binary.
    #[error("migration {version} of the database differs from this binary's; it belongs to another build")]
    Changed {
        /// Its number.
        version: i64,
    },
    /// The database could not be migrated; it is as it was.
    #[error("could not migrate the database")]
    Failed(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// All or nothing, under the write lock: of several processes that start at once, one migrates and the others wait.
pub(crate) async fn run(writer: &SqlitePool) -> Result<(), MigrateError> {
    let failed = |error: sqlx::Error| MigrateError::Failed(error.into());
    let mut transaction = writer.begin_with("BEGIN IMMEDIATE").await.map_err(failed)?;
    // `Migrator::run` takes whatever a connection can be had from, which the compiler cannot prove to be `Send` here.
    match MIGRATOR.run_direct(None, &mut *transaction, false).await {
        Ok(()) => {
            listing::mend(&mut transaction)
                .await
                .map_err(|error| MigrateError::Failed(error.into()))?;
            transaction.commit().await.map_err(failed)
        }
        Err(DriverError::VersionMissing(version)) => {
            let database = database_version(&mut transaction).await.map_err(failed)?;
            Err(if database > binary_version() {
                MigrateError::Newer {
                    database,
                    binary: binary_version(),
                }
            } else {
                MigrateError::Changed { version }
            })
        }
        Err(DriverError::VersionMismatch(version)) => Err(MigrateError::Changed { version }),
        Err(error) => Err(MigrateError::Failed(error.into())),
    }
}

/// The newest migration that has been applied; 0 if the table of migrations is empty.
pub(crate) async fn database_version(connection: &mut SqliteConnection) -> Result<i64, sqlx::Error> {
    let version: Option<i64> = sqlx::query_scalar(include_str!("sql/health_check.sql"))
        .fetch_one(connection)
        .await?;
    Ok(version.unwrap_or_default())
}

/// The newest migration that this binary knows.
pub(crate) fn binary_version() -> i64 {
    MIGRATOR
        .iter()
        .map(|migration| migration.version)
        .max()
        .unwrap_or_default()
}
