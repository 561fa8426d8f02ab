//! The key ring: hashing codes for checking, sealing messages for sending.
//!
//! Every key of the ring is a 32-byte secret that lives outside the database. HKDF-SHA256 derives one key per
//! purpose from it, so that no two uses share one. The first key writes; all of them read, by their id.

use std::fmt;

use aws_lc_rs::{aead, hkdf, hmac};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::{Channel, CodeId, MessageId, Sealed, UserId, code::Code};

/// One secret of the ring, by its id.
pub struct Key {
    id: String,
    secret: Zeroizing<[u8; 32]>,
}

impl Key {
    /// A key; the id is stored with everything written under it.
    #[must_use]
    pub fn new(id: &str, secret: [u8; 32]) -> Self {
        Self {
            id: id.to_owned(),
            secret: Zeroizing::new(secret),
        }
    }
}

/// The keyed hash of a code, and the key that made it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeDigest {
    /// The key of the ring.
    pub key_id: String,
    /// HMAC-SHA-256, base64.
    pub mac: String,
}

/// What a code was drawn for. It is checked against exactly this and nothing else (OWASP ASVS 6.6.2).
#[derive(Debug, Clone, Copy)]
pub struct CodeBinding<'a> {
    /// What kind of address the code proves.
    pub channel: Channel,
    /// Whose it is.
    pub user: &'a UserId,
    /// The number or address that it proves.
    pub target: &'a str,
    /// The drawing: 128 random bits, the hash's salt.
    pub code: CodeId,
}

/// A ring that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyRingError {
    /// No key at all.
    #[error("the key ring is empty; it needs at least one key to write with")]
    Empty,
    /// The same id twice.
    #[error("the key id {0:?} stands twice in the ring; ids are unique")]
    Duplicate(String),
}

/// A message that could not be sealed, or does not open under this ring.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("could not seal or open a message with the key ring")]
pub struct SealError;

struct Derived {
    id: String,
    code_hash: hmac::Key,
    message_seal: hkdf::Prk,
}

/// The keys in force. `Debug` shows their ids.
pub struct KeyRing(Vec<Derived>);

impl KeyRing {
    /// Derives the working keys; the first key is the one that writes.
    pub fn new(keys: Vec<Key>) -> Result<Self, KeyRingError> {
        if keys.is_empty() {
            return Err(KeyRingError::Empty);
        }
        let mut ring: Vec<Derived> = Vec::with_capacity(keys.len());
        for key in keys {
            if ring.iter().any(|known| known.id == key.id) {
                return Err(KeyRingError::Duplicate(key.id));
            }
            let derive =
                |purpose: &[u8]| hkdf::Salt::new(hkdf::HKDF_SHA256, purpose).extract(key.secret.as_ref());
            let code_hash = derive(b"ringtrue code hash v1");
            let code_hash = match code_hash.expand(&[b"hmac"], hmac::HMAC_SHA256) {
                Ok(material) => hmac::Key::from(material),
                // HKDF-SHA256 gives up to 8,160 bytes; HMAC-SHA-256 asks for 32.
                Err(_) => unreachable!("HKDF-SHA256 always yields a 32-byte key"),
            };
            ring.push(Derived {
                id: key.id,
                code_hash,
                message_seal: derive(b"ringtrue message seal v1"),
            });
        }
        Ok(Self(ring))
    }

    /// Hashes a code for later checking, under the first key.
    #[must_use]
    pub fn hash_code(&self, binding: CodeBinding<'_>, code: &Code) -> CodeDigest {
        let key = &self.0[0];
        let mac = hmac::sign(&key.code_hash, &bound(binding, code));
        CodeDigest {
            key_id: key.id.clone(),
            mac: STANDARD.encode(mac),
        }
    }

    /// Whether `code` is the one that was hashed; compared in constant time. A key that left the ring matches nothing.
    #[must_use]
    pub fn code_matches(&self, digest: &CodeDigest, binding: CodeBinding<'_>, code: &Code) -> bool {
        let (Some(key), Ok(mac)) = (self.find(&digest.key_id), STANDARD.decode(&digest.mac)) else {
            return false;
        };
        hmac::verify(&key.code_hash, &bound(binding, code), &mac).is_ok()
    }

    /// Encrypts a message's contents, bound to its row.
    pub fn seal(&self, message: &MessageId, user: &UserId, plain: &[u8]) -> Result<Sealed, SealError> {
        let key = &self.0[0];
        let mut bytes = plain.to_vec();
        message_key(key, message)?
            .seal_in_place_append_tag(nonce(), aead::Aad::from(place(user)), &mut bytes)
            .map_err(|_| SealError)?;
        Ok(Sealed {
            key_id: key.id.clone(),
            bytes,
        })
    }

    /// Decrypts a message's contents, if they were sealed for this row under a key of this ring.
    pub fn open(
        &self,
        message: &MessageId,
        user: &UserId,
        sealed: &Sealed,
    ) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let key = self.find(&sealed.key_id).ok_or(SealError)?;
        let mut bytes = Zeroizing::new(sealed.bytes.clone());
        let len = message_key(key, message)?
            .open_in_place(nonce(), aead::Aad::from(place(user)), &mut bytes)
            .map_err(|_| SealError)?
            .len();
        bytes.truncate(len);
        Ok(bytes)
    }

    fn find(&self, id: &str) -> Option<&Derived> {
        self.0.iter().find(|key| key.id == id)
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|key| &key.id)).finish()
    }
}

/// Each message has a key of its own, derived from its random id and used for one sealing.
fn message_key(key: &Derived, message: &MessageId) -> Result<aead::LessSafeKey, SealError> {
    let info = [message.as_bytes().as_slice()];
    let material = key
        .message_seal
        .expand(&info, &aead::AES_256_GCM)
        .map_err(|_| SealError)?;
    Ok(aead::LessSafeKey::new(aead::UnboundKey::from(material)))
}

/// Fixed, because no two messages share a key.
fn nonce() -> aead::Nonce {
    aead::Nonce::assume_unique_for_key([0; aead::NONCE_LEN])
}

/// Table, column and owner: a ciphertext copied elsewhere does not open.
fn place(user: &UserId) -> Vec<u8> {
    [b"outbox.sealed\0".as_slice(), user.as_str().as_bytes()].concat()
}

/// Everything that a code is bound to; lengths go first, so that no two bindings read alike.
fn bound(binding: CodeBinding<'_>, code: &Code) -> Zeroizing<Vec<u8>> {
    let channel: &[u8] = match binding.channel {
        Channel::Phone => b"phone",
        Channel::Email => b"email",
    };
    let parts = [
        channel,
        binding.user.as_str().as_bytes(),
        binding.target.as_bytes(),
        binding.code.as_bytes(),
        code.reveal().as_bytes(),
    ];
    let mut bytes = Zeroizing::new(Vec::with_capacity(parts.iter().map(|part| part.len() + 8).sum()));
    for part in parts {
        bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
        bytes.extend_from_slice(part);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn binding<'a>(user: &'a UserId, target: &'a str, channel: Channel, salt: u8) -> CodeBinding<'a> {
        CodeBinding {
            channel,
            user,
            target,
            code: CodeId::from_bytes([salt; 16]),
        }
    }

    #[test]
    fn a_code_matches_only_the_user_address_channel_and_drawing_it_was_made_for() {
        let keys = KeyRing::new(vec![Key::new("k1", [1; 32])]).unwrap();
        let (ada, eve) = (UserId::parse("ada").unwrap(), UserId::parse("eve").unwrap());
        let made_for = binding(&ada, "+41791234567", Channel::Phone, 1);
        let code = Code::new("123456");
        let digest = keys.hash_code(made_for, &code);
        assert!(keys.code_matches(&digest, made_for, &code));
        for other in [
            binding(&eve, "+41791234567", Channel::Phone, 1),
            binding(&ada, "+41791234568", Channel::Phone, 1),
            binding(&ada, "+41791234567", Channel::Email, 1),
            binding(&ada, "+41791234567", Channel::Phone, 2),
        ] {
            assert!(!keys.code_matches(&digest, other, &code));
        }
        assert!(!keys.code_matches(&digest, made_for, &Code::new("123457")));
    }

    #[test]
    fn a_rotated_key_still_reads_and_a_removed_one_matches_nothing() {
        let ada = UserId::parse("ada").unwrap();
        let made_for = binding(&ada, "+41791234567", Channel::Phone, 1);
        let code = Code::new("123456");
        let old = KeyRing::new(vec![Key::new("old", [1; 32])])
            .unwrap()
            .hash_code(made_for, &code);
        let rotated = KeyRing::new(vec![Key::new("new", [2; 32]), Key::new("old", [1; 32])]).unwrap();
        assert!(rotated.code_matches(&old, made_for, &code));
        assert_eq!(rotated.hash_code(made_for, &code).key_id, "new");
        let removed = KeyRing::new(vec![Key::new("new", [2; 32])]).unwrap();
        assert!(!removed.code_matches(&old, made_for, &code));
    }

    #[test]
    fn a_ring_has_keys_and_each_id_once() {
        assert_eq!(KeyRing::new(vec![]).err(), Some(KeyRingError::Empty));
        let twice = vec![Key::new("k", [1; 32]), Key::new("k", [2; 32])];
        assert_eq!(
            KeyRing::new(twice).err(),
            Some(KeyRingError::Duplicate("k".to_owned()))
        );
    }
}
