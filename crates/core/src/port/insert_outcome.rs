/// What became of an insertion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InsertOutcome {
    /// It is stored now.
    Inserted,
    /// It was there already, or one with its id was; nothing changed.
    Exists,
}
