/// A name that one user holds at a time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Claim {
    /// What sort of name.
    pub kind: ClaimKind,
    /// The name, folded so that equal names are equal texts.
    pub value: String,
}

/// The sorts of names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ClaimKind {
    /// A username, unique on the instance and without regard to case.
    Username,
}

impl ClaimKind {
    /// The name that stores keep it under.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Username => "username",
        }
    }
}
