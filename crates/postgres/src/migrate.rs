use sqlx::{
    Connection as _, PgConnection,
    migrate::{MigrateError as DriverError, Migrator},
    postgres::PgConnectOptions,
};

use crate::upkeep;

static MIGRATOR: Migrator = sqlx::migrate!("../../migrations/postgres");

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
    /// The database could not be migrated. Steps that were completed stay.
    #[error("could not migrate the database")]
    Failed(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Migrates over a connection of its own: without the pool's time limits, because a step may take its time, and closed
/// afterwards, which releases the advisory lock even if a step failed.
pub(crate) async fn run(address: &PgConnectOptions) -> Result<(), MigrateError> {
    let failed = |error: sqlx::Error| MigrateError::Failed(error.into());
    let mut connection = PgConnection::connect_with(address).await.map_err(failed)?;
    // `Migrator::run` takes whatever a connection can be had from, which the compiler cannot prove to be `Send` here.
    let outcome = match MIGRATOR.run_direct(None, &mut connection, false).await {
        Ok(()) => upkeep::run(&mut connection).await.map_err(failed),
        Err(DriverError::VersionMissing(version)) => {
            let database = database_version(&mut connection).await.map_err(failed)?;
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
    };
    connection.close().await.map_err(failed)?;
    outcome
}

/// The newest migration that has been applied; 0 if the table of migrations is empty.
pub(crate) async fn database_version(connection: &mut PgConnection) -> Result<i64, sqlx::Error> {
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
