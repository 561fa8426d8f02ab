/// What a code proves the possession of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum Channel {
    /// A telephone number.
    Phone,
    /// An e-mail address.
    Email,
}
