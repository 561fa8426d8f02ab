use ringtrue_core::port::StoreError;

/// What a failure of the driver means to the caller.
///
/// The fate of a write is unknown when the disk failed, which is unavailability. Waiting in vain for a connection or
/// for the write lock is overload: nothing was tried.
pub(crate) fn store_error(error: sqlx::Error) -> StoreError {
    const BUSY: u32 = 5;
    const LOCKED: u32 = 6;
    match &error {
        sqlx::Error::PoolTimedOut => StoreError::Overloaded,
        sqlx::Error::Io(_) | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => {
            StoreError::Unavailable(error.into())
        }
        sqlx::Error::Database(database) => match primary_code(database.code().as_deref()) {
            Some(BUSY | LOCKED) => StoreError::Overloaded,
            Some(code) if is_unavailable(code) => StoreError::Unavailable(error.into()),
            _ => StoreError::Rejected(error.into()),
        },
        _ => StoreError::Rejected(error.into()),
    }
}

/// A row that cannot be read, or a value that cannot be written.
pub(crate) fn rejected(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> StoreError {
    StoreError::Rejected(error.into())
}

/// Whether the statement was given up because a progress handler said so.
pub(crate) fn was_interrupted(error: &sqlx::Error) -> bool {
    const INTERRUPT: u32 = 9;
    let code = error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code);
    primary_code(code.as_deref()) == Some(INTERRUPT)
}

/// An extended result code carries the primary one in its lowest byte.
fn primary_code(code: Option<&str>) -> Option<u32> {
    Some(code?.parse::<u32>().ok()? & 0xff)
}

/// Out of memory, read-only, interrupted, input/output, corrupt, full, cannot open, file locking protocol, no database.
const fn is_unavailable(code: u32) -> bool {
    matches!(code, 7..=11 | 13..=15 | 26)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_unavailable_and_a_constraint_is_not() {
        let (io_error_on_write, constraint_unique) = (778, 2067);
        assert!(is_unavailable(primary_code(Some("13")).unwrap()));
        assert!(is_unavailable(
            primary_code(Some(&io_error_on_write.to_string())).unwrap()
        ));
        assert!(!is_unavailable(
            primary_code(Some(&constraint_unique.to_string())).unwrap()
        ));
        assert_eq!(primary_code(None), None);
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
