use std::{
    fs::{DirBuilder, File, OpenOptions},
    io,
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use ringtrue_core::port::Storage;
use sqlx::{
    ConnectOptions as _, Connection as _, SqliteConnection, SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use crate::{
    checkpoints::{LOG_PAGES_MAX, checkpoints},
    directory::SqliteDirectory,
    event_retention::SqliteEventRetention,
    health::SqliteHealth,
    idempotency_store::SqliteIdempotencyStore,
    migrate::{self, MigrateError},
    organization_store::SqliteOrganizationStore,
    outbox::SqliteOutbox,
    phone_claims::SqlitePhoneClaims,
    token_store::SqliteTokenStore,
    transactions::Transactions,
    user_store::SqliteUserStore,
};

/// How many searches run at once; others wait.
const SEARCHERS_MAX: u32 = 2;

/// Where the database is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// In this file, which is made if it is missing, with its folder, for nobody but its owner to read.
    File(PathBuf),
    /// In memory, gone when it is closed.
    Memory,
}

/// How to open a database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Where it is.
    pub location: Location,
    /// How many connections may read at once; in memory there is one connection for all.
    pub readers_max: u32,
    /// How long a call waits for a connection, or for another process to finish writing, before it is shed.
    pub wait_max: Duration,
}

impl Options {
    /// A database there, four readers, and five seconds of patience.
    #[must_use]
    pub const fn new(location: Location) -> Self {
        Self {
            location,
            readers_max: 4,
            wait_max: Duration::from_secs(5),
        }
    }
}

/// Why a database could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Its file or folder could not be made.
    #[error("could not make the database file {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// It is no database, or one that cannot be used.
    #[error("could not open the database")]
    Database(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// An open database. Cloning shares its connections.
#[derive(Debug, Clone)]
pub struct Sqlite {
    pub(crate) writer: SqlitePool,
    readers: SqlitePool,
    pub(crate) searchers: SqlitePool,
    checkpointer: SqlitePool,
    pub(crate) transactions: Transactions,
}

impl Sqlite {
    /// Opens a database, and makes it if it is missing. [`Self::migrate`] comes next.
    pub async fn open(options: &Options) -> Result<Self, OpenError> {
        // Held until the writing connection stands: SQLite refuses at once, instead of waiting, when two connections
        // turn a new file's log on together.
        let _opening = match &options.location {
            Location::Memory => None,
            Location::File(path) => Some(lock_folder_and_make_file(path.clone()).await?),
        };
        let both = connect_options(options);
        let readers = both.clone().pragma("query_only", "ON");
        // What a statement would need to be undone is kept in memory: a batch changes more pages than SQLite keeps there by itself,
        // and a third of all writes went to files for it.
        let writer = both.pragma("temp_store", "MEMORY");
        let (writer_side, checkpoints) = checkpoints();
        let between = writer_side.clone();
        // The one writing connection is never closed for idleness: in memory it is the database.
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .min_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .acquire_timeout(options.wait_max)
            .test_before_acquire(false)
            .after_connect(move |connection, _| {
                let writer_side = writer_side.clone();
                Box::pin(async move {
                    writer_side.notice_commits(connection).await?;
                    sqlx::raw_sql(include_str!("sql/connection_temp_tables.sql"))
                        .execute(connection)
                        .await
                        .map(drop)
                })
            })
            .after_release(move |connection, _| {
                let between = between.clone();
                Box::pin(async move {
                    let usable = is_out_of_transaction(connection).await?;
                    if usable {
                        between.finish(connection).await;
                    }
                    Ok(usable)
                })
            })
            .connect_with(writer)
            .await
            .map_err(|error| OpenError::Database(error.into()))?;
        let reading = |connections: u32| match options.location {
            Location::Memory => writer.clone(),
            Location::File(_) => SqlitePoolOptions::new()
                .max_connections(connections)
                .acquire_timeout(options.wait_max)
                .test_before_acquire(false)
                .connect_lazy_with(readers.clone()),
        };
        // `query_only` leaves checkpoints allowed.
        let checkpointer = reading(1);
        if let Location::File(_) = options.location {
            tokio::spawn(checkpoints.run(checkpointer.clone()));
        }
        Ok(Self {
            readers: reading(options.readers_max.max(1)),
            // Searches may read much, and have connections of their own so that loads do not wait for them.
            searchers: reading(SEARCHERS_MAX),
            checkpointer,
            transactions: Transactions::on(writer.clone(), options.wait_max),
            writer,
        })
    }

    /// Brings the schema up to this binary's; refuses a database that a newer binary has migrated.
    pub async fn migrate(&self) -> Result<(), MigrateError> {
        migrate::run(&self.writer).await
    }

    /// The storage ports.
    #[must_use]
    pub fn storage(&self) -> Storage {
        let (writer, readers) = (&self.writer, &self.readers);
        Storage {
            users: Arc::new(SqliteUserStore::new(
                self.transactions.clone(),
                writer.clone(),
                readers.clone(),
            )),
            directory: Arc::new(SqliteDirectory::new(self.searchers.clone())),
            events: Arc::new(SqliteEventRetention::new(writer.clone(), readers.clone())),
            outbox: Arc::new(SqliteOutbox::new(
                self.transactions.clone(),
                writer.clone(),
                readers.clone(),
            )),
            tokens: Arc::new(SqliteTokenStore::new(writer.clone(), readers.clone())),
            organizations: Arc::new(SqliteOrganizationStore::new(writer.clone(), readers.clone())),
            phone_claims: Arc::new(SqlitePhoneClaims::new(writer.clone())),
            idempotency: Arc::new(SqliteIdempotencyStore::new(writer.clone())),
            health: Arc::new(SqliteHealth::new(readers.clone())),
        }
    }

    /// Waits for calls that are under way and closes the database. Later calls find it unavailable.
    pub async fn close(&self) {
        self.checkpointer.close().await;
        self.searchers.close().await;
        self.readers.close().await;
        self.writer.close().await;
    }
}

/// Whether the connection can be used again. On a full disk SQLite ends a transaction by itself; sqlx, which cannot end it then,
/// takes it for open ever after.
async fn is_out_of_transaction(connection: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    if connection.is_in_transaction() {
        // Ended is perhaps what is on its way to be.
        connection.ping().await?;
    }
    Ok(!connection.is_in_transaction())
}

fn connect_options(options: &Options) -> SqliteConnectOptions {
    let located = match &options.location {
        Location::Memory => SqliteConnectOptions::new().filename(":memory:"),
        Location::File(path) => SqliteConnectOptions::new().filename(path),
    };
    located
        // Of a new file. A commit writes whole pages, and of each page in which a batch finds something to change it is mostly one row.
        .page_size(2_048)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(options.wait_max)
        // What is erased is overwritten, not only unlinked.
        .pragma("secure_delete", "ON")
        .pragma("wal_autocheckpoint", LOG_PAGES_MAX.to_string())
        .disable_statement_logging()
}

/// Locks the file's folder against other processes that open, until the returned handle is dropped, and makes both.
async fn lock_folder_and_make_file(path: PathBuf) -> Result<File, OpenError> {
    let locked = {
        let path = path.clone();
        tokio::task::spawn_blocking(move || {
            let folder = match path.parent() {
                Some(folder) if !folder.as_os_str().is_empty() => folder,
                _ => Path::new("."),
            };
            DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
            let lock = File::open(folder)?;
            lock.lock()?;
            make_file(&path)?;
            Ok(lock)
        })
        .await
        .map_err(io::Error::other)
        .flatten()
    };
    locked.map_err(|source| OpenError::File { path, source })
}

/// Makes the file before SQLite does, because SQLite would let everybody read it. Its log files take over its mode.
///
/// A file that is there is not opened: closing it would end the locks that this process's SQLite holds on it.
fn make_file(path: &Path) -> io::Result<()> {
    match OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
    {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        made => made.map(drop),
    }
}

#[cfg(test)]
mod tests {
    use ringtrue_core::port::CommitOutcome;
    use ringtrue_testkit::builders::creation;

    use super::*;

    #[tokio::test]
    async fn a_transaction_that_sqlite_ends_by_itself_is_the_last_of_its_connection_and_not_of_the_database()
    {
        let folder = tempfile::tempdir().unwrap();
        let options = Options::new(Location::File(folder.path().join("ringtrue.db")));
        let sqlite = Sqlite::open(&options).await.unwrap();
        sqlite.migrate().await.unwrap();
        let mut transaction = sqlite.writer.begin().await.unwrap();
        // As SQLite does when the disk is full.
        sqlx::query("ROLLBACK").execute(&mut *transaction).await.unwrap();
        drop(transaction);
        let outcomes = sqlite.storage().users.commit(&[creation("ada")]).await.unwrap();
        assert_eq!(outcomes, [CommitOutcome::Committed]);
    }
}
