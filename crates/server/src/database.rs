//! The configured database, whichever it is.

use ringtrue_core::{
    Organization,
    port::{Clock, InsertOutcome, Storage, StoreError},
};
use ringtrue_memory::MemoryStorage;
use ringtrue_postgres::{Over, PartitionChanges, Postgres};
use ringtrue_sqlite::{Location, Sqlite};
use secrecy::ExposeSecret as _;
use time::OffsetDateTime;
use tracing::{info, warn};

use crate::{
    config::{Config, OrganizationConfig, StorageConfig, StorageUrl},
    embedded::Embedded,
    failure::Failure,
    system::SystemClock,
};

/// An open database whose schema is this binary's. Cloning shares it.
#[derive(Clone)]
pub(crate) enum Database {
    /// This process's memory.
    Memory(MemoryStorage),
    /// A SQLite file.
    Sqlite(Sqlite),
    /// A PostgreSQL database.
    Postgres(Box<Postgres>),
}

impl Database {
    /// Opens the database, makes it if it is an embedded one that is missing, and brings its schema up to date.
    pub(crate) async fn open(config: &StorageConfig) -> Result<Self, Failure> {
        match &config.url {
            StorageUrl::Memory => Ok(Self::Memory(MemoryStorage::new())),
            StorageUrl::Sqlite(path) => {
                if let Some(folder) = config.url.folder() {
                    Embedded::prepare(folder)?;
                }
                let options = ringtrue_sqlite::Options::new(Location::File(path.clone()));
                let sqlite = Sqlite::open(&options).await.map_err(|error| unopened(&error))?;
                sqlite.migrate().await.map_err(|error| unmigrated(&error))?;
                Ok(Self::Sqlite(sqlite))
            }
            StorageUrl::Postgres(url) => {
                let options = ringtrue_postgres::Options {
                    max_connections: config.connections_max,
                    ..ringtrue_postgres::Options::new(url.expose_secret())
                };
                let postgres = Postgres::connect(&options)
                    .await
                    .map_err(|error| unopened(&error))?;
                postgres.migrate().await.map_err(|error| unmigrated(&error))?;
                let partitions = postgres.keep_partitions(SystemClock.now(), Over::default());
                if let Err(error) = partitions.await {
                    let error: &dyn std::error::Error = &error;
                    warn!(error, "could not make the partitions of the weeks to come");
                }
                Ok(Self::Postgres(Box::new(postgres)))
            }
        }
    }

    /// Opens the database for a command that works on what a server has stored, or is going to.
    pub(crate) async fn open_shared(config: &Config) -> Result<Self, Failure> {
        if matches!(config.storage.url, StorageUrl::Memory) {
            return Err(Failure::Usage(
                "storage.url is \"memory:\", which a server shares with no other process; \
                 the token to use is the one in auth.bootstrap_token"
                    .to_owned(),
            ));
        }
        let database = Self::open(&config.storage).await?;
        ensure_organization(&database.storage(), &config.organization).await?;
        Ok(database)
    }

    /// The storage ports.
    pub(crate) fn storage(&self) -> Storage {
        match self {
            Self::Memory(memory) => memory.storage(),
            Self::Sqlite(sqlite) => sqlite.storage(),
            Self::Postgres(postgres) => postgres.storage(),
        }
    }

    /// Makes partitions for what comes and drops those in which all is over, where there are any.
    pub(crate) async fn keep_partitions(
        &self,
        now: OffsetDateTime,
        over: Over,
    ) -> Result<PartitionChanges, StoreError> {
        match self {
            Self::Memory(_) | Self::Sqlite(_) => Ok(PartitionChanges::default()),
            Self::Postgres(postgres) => postgres.keep_partitions(now, over).await,
        }
    }

    /// Waits for calls that are under way and closes the database.
    pub(crate) async fn close(&self) {
        match self {
            Self::Memory(_) => {}
            Self::Sqlite(sqlite) => sqlite.close().await,
            Self::Postgres(postgres) => postgres.close().await,
        }
    }
}

fn unopened(error: &(dyn std::error::Error + 'static)) -> Failure {
    Failure::because("could not open the database of storage.url", error)
}

fn unmigrated(error: &(dyn std::error::Error + 'static)) -> Failure {
    Failure::because("could not bring the schema of the database up to date", error)
}

/// Creates the default organisation if it is missing. One that exists keeps its name.
pub(crate) async fn ensure_organization(
    storage: &Storage,
    config: &OrganizationConfig,
) -> Result<(), Failure> {
    let organization = Organization {
        id: config.id.clone(),
        name: config.name.clone(),
        created_at: SystemClock.now(),
    };
    let inserted = storage.organizations.insert(&organization).await;
    let inserted =
        inserted.map_err(|error| Failure::because("could not look for the default organisation", &error))?;
    if inserted == InsertOutcome::Inserted {
        info!(organization.id = %config.id, "created the default organisation");
    }
    Ok(())
}
