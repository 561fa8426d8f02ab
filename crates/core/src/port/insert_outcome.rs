/// What became of an insertion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InsertOutcome {
    /// It is stored now.
    Inserted,
    /// It was there already, or one with its id was; nothing changed.
    Exists,
}

impl InsertOutcome {
    /// By how many rows a store says that it has written.
    #[must_use]
    pub const fn of_rows(written: u64) -> Self {
        match written {
            0 => Self::Exists,
            _ => Self::Inserted,
        }
    }
}
