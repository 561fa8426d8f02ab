use ringtrue_core::port::StoreError;

/// What a failure of the driver or the server means to the caller.
///
/// A broken connection leaves the fate of a write unknown, and so does a server that shuts down. What the server gave up
/// because it took too long or met a deadlock was rolled back: it counts as overload, and may be asked again.
pub(crate) fn store_error(error: sqlx::Error) -> StoreError {
    use sqlx::Error;
    match &error {
        Error::PoolTimedOut => StoreError::Overloaded,
        Error::Io(_) | Error::Tls(_) | Error::Protocol(_) | Error::PoolClosed | Error::WorkerCrashed => {
            StoreError::Unavailable(error.into())
        }
        Error::Database(database) => match Failure::of(database.code().as_deref()) {
            Failure::Unavailable => StoreError::Unavailable(error.into()),
            Failure::GaveUp | Failure::Raced => StoreError::Overloaded,
            Failure::Refused => StoreError::Rejected(error.into()),
        },
        _ => StoreError::Rejected(error.into()),
    }
}

/// A row that cannot be read, or a value that cannot be written.
pub(crate) fn rejected(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> StoreError {
    StoreError::Rejected(error.into())
}

/// Whether the statement was rolled back only because another ran at the same time.
pub(crate) fn lost_a_race(error: &sqlx::Error) -> bool {
    let code = error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code);
    Failure::of(code.as_deref()) == Failure::Raced
}

/// Whether the statement was given up because it took longer than it may. Waiting for a lock is something else.
pub(crate) fn ran_out_of_time(error: &sqlx::Error) -> bool {
    let code = error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code);
    code.as_deref() == Some("57014")
}

/// What an SQLSTATE comes to.
#[derive(Debug, PartialEq, Eq)]
enum Failure {
    /// The server is going, gone, or not the one that writes.
    Unavailable,
    /// Cancelled by a time limit, or out of connections; rolled back.
    GaveUp,
    /// Serialisation failure or deadlock; rolled back.
    Raced,
    /// Anything else; rolled back.
    Refused,
}

impl Failure {
    fn of(code: Option<&str>) -> Self {
        match code.unwrap_or_default() {
            "40001" | "40P01" => Self::Raced,
            // query_canceled, lock_not_available, too_many_connections
            "57014" | "55P03" | "53300" => Self::GaveUp,
            // read_only_sql_transaction: this server has become a standby.
            "25006" => Self::Unavailable,
            // connection_exception, insufficient_resources, operator_intervention, system_error, internal_error
            code if ["08", "53", "57", "58", "XX"]
                .iter()
                .any(|class| code.starts_with(class)) =>
            {
                Self::Unavailable
            }
            _ => Self::Refused,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_goes_is_unavailable_and_one_that_gave_up_rolled_back() {
        for code in ["08006", "57P01", "57P03", "53100", "25006", "XX000"] {
            assert_eq!(Failure::of(Some(code)), Failure::Unavailable, "{code}");
        }
        for code in ["57014", "55P03", "53300"] {
            assert_eq!(Failure::of(Some(code)), Failure::GaveUp, "{code}");
        }
        for code in ["40001", "40P01"] {
            assert_eq!(Failure::of(Some(code)), Failure::Raced, "{code}");
        }
        for code in ["23505", "22021", "22P05", "42P01"] {
            assert_eq!(Failure::of(Some(code)), Failure::Refused, "{code}");
        }
        assert_eq!(Failure::of(None), Failure::Refused);
    }

    #[test]
    fn waiting_in_vain_for_a_connection_is_overload() {
        assert!(matches!(
            store_error(sqlx::Error::PoolTimedOut),
            StoreError::Overloaded
        ));
        assert!(matches!(
            store_error(sqlx::Error::PoolClosed),
            StoreError::Unavailable(_)
        ));
        assert!(matches!(
            store_error(sqlx::Error::RowNotFound),
            StoreError::Rejected(_)
        ));
    }
}
