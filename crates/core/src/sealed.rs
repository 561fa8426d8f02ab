//! Encrypted bytes and the key they are under.

/// An authenticated ciphertext (AES-256-GCM) with the id of the key that opens it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// The key of the ring that it is sealed under.
    pub key_id: String,
    /// Ciphertext and tag.
    pub bytes: Vec<u8>,
}
