//! As few visits to the thread that runs SQLite as can be. A visit costs both sides a turn, and so does each row that sqlx hands
//! over: fifty users, or messages, took a millisecond as rows. And while a transaction is open, everybody else who writes waits for
//! these turns, on a busy machine longer than for what is written.
//!
//! So queries answer in one row, as JSON, however much they find, and a transaction is one query wherever it can be
//! ([`Transactions`](crate::transactions::Transactions)).

use ringtrue_core::port::StoreError;
use serde::{Serialize, de::DeserializeOwned};
use sqlx::{Sqlite, SqliteExecutor, query::QueryScalar, sqlite::SqliteArguments};

use crate::error::{rejected, store_error};

/// A query whose rows are JSON.
pub(crate) type JsonQuery = QueryScalar<'static, Sqlite, String, SqliteArguments>;

/// What the one row of a query says.
pub(crate) async fn fetch<T: DeserializeOwned>(
    query: JsonQuery,
    executor: impl SqliteExecutor<'_>,
) -> Result<T, StoreError> {
    read(&query.fetch_one(executor).await.map_err(store_error)?)
}

/// Reads a row.
pub(crate) fn read<T: DeserializeOwned>(row: &str) -> Result<T, StoreError> {
    serde_json::from_str(row).map_err(rejected)
}

/// A list that a statement takes.
pub(crate) fn list<T: Serialize>(items: &[T]) -> Result<String, StoreError> {
    serde_json::to_string(items).map_err(rejected)
}
