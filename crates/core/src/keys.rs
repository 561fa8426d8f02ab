//! The key ring: hashing codes for checking, sealing messages for sending and answers for giving them again.
//!
//! Every key of the ring is a 32-byte secret that lives outside the database. HKDF-SHA256 derives one key per
//! purpose from it, so that no two uses share one. The first key writes; all of them read, by their id.

mod prk;

use std::fmt;

use aws_lc_rs::{aead, hmac};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use self::prk::Prk;
use crate::{Channel, CodeId, MessageId, Sealed, UserId, code::Code, idempotency::CallKey};

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

/// The keyed hash of what a call asks for, and the key that made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fingerprint {
    /// The key of the ring.
    pub key_id: String,
    /// HMAC-SHA-256.
    pub mac: [u8; 32],
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

/// A message or an answer that could not be sealed, or does not open under this ring.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("could not seal or open with the key ring")]
pub struct SealError;

struct Derived {
    id: String,
    code_hash: hmac::Key,
    message_seal: Prk,
    fingerprint: hmac::Key,
    reply_seal: Prk,
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
            let derive = |purpose: &[u8]| Prk::extract(purpose, &key.secret);
            ring.push(Derived {
                id: key.id,
                code_hash: derive(b"ringtrue code hash v1").expand_to_hmac(),
                fingerprint: derive(b"ringtrue request fingerprint v1").expand_to_hmac(),
                reply_seal: derive(b"ringtrue reply seal v1"),
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
        let sealing = single_use(&key.message_seal, message.as_bytes())?;
        Ok(Sealed {
            key_id: key.id.clone(),
            bytes: closed(&sealing, place(user), plain)?,
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
        let sealing = single_use(&key.message_seal, message.as_bytes())?;
        opened(&sealing, place(user), &sealed.bytes)
    }

    /// Hashes what the call of a key asks for, under the first key: without it, a dump of the database does not tell
    /// which numbers and codes the calls were about.
    #[must_use]
    pub fn fingerprint(&self, call: &CallKey, payload: &[u8]) -> Fingerprint {
        let key = &self.0[0];
        let mut mac = [0; 32];
        mac.copy_from_slice(hmac::sign(&key.fingerprint, &asked(call, payload)).as_ref());
        Fingerprint {
            key_id: key.id.clone(),
            mac,
        }
    }

    /// Whether this is what was hashed. A key that left the ring matches nothing.
    #[must_use]
    pub fn fingerprint_matches(&self, fingerprint: &Fingerprint, call: &CallKey, payload: &[u8]) -> bool {
        self.find(&fingerprint.key_id).is_some_and(|key| {
            hmac::verify(&key.fingerprint, &asked(call, payload), &fingerprint.mac).is_ok()
        })
    }

    /// Encrypts the answer to a call, bound to its row. `drawn` are 128 random bits for this one sealing.
    pub fn seal_reply(&self, drawn: [u8; 16], call: &CallKey, plain: &[u8]) -> Result<Sealed, SealError> {
        let key = &self.0[0];
        let bytes = closed(&single_use(&key.reply_seal, &drawn)?, reply_place(call), plain)?;
        Ok(Sealed {
            key_id: key.id.clone(),
            bytes: [drawn.as_slice(), &bytes].concat(),
        })
    }

    /// Decrypts the answer to a call, if it was sealed for this row under a key of this ring.
    pub fn open_reply(&self, call: &CallKey, sealed: &Sealed) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let key = self.find(&sealed.key_id).ok_or(SealError)?;
        let (drawn, bytes) = sealed.bytes.split_first_chunk::<16>().ok_or(SealError)?;
        opened(&single_use(&key.reply_seal, drawn)?, reply_place(call), bytes)
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

/// Each sealing has a key of its own, derived from random bits that are used for it alone.
fn single_use(key: &Prk, drawn: &[u8; 16]) -> Result<aead::LessSafeKey, SealError> {
    let key = aead::UnboundKey::new(&aead::AES_256_GCM, key.expand(drawn).as_slice());
    key.map(aead::LessSafeKey::new).map_err(|_| SealError)
}

fn closed(key: &aead::LessSafeKey, place: Vec<u8>, plain: &[u8]) -> Result<Vec<u8>, SealError> {
    let mut bytes = Vec::with_capacity(plain.len() + aead::MAX_TAG_LEN);
    bytes.extend_from_slice(plain);
    key.seal_in_place_append_tag(nonce(), aead::Aad::from(place), &mut bytes)
        .map_err(|_| SealError)?;
    Ok(bytes)
}

fn opened(key: &aead::LessSafeKey, place: Vec<u8>, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
    let mut bytes = Zeroizing::new(sealed.to_vec());
    let len = key
        .open_in_place(nonce(), aead::Aad::from(place), &mut bytes)
        .map_err(|_| SealError)?
        .len();
    bytes.truncate(len);
    Ok(bytes)
}

/// Fixed, because no two sealings share a key.
fn nonce() -> aead::Nonce {
    aead::Nonce::assume_unique_for_key([0; aead::NONCE_LEN])
}

/// Table, column and owner: a ciphertext copied elsewhere does not open.
fn place(user: &UserId) -> Vec<u8> {
    [b"outbox.sealed\0".as_slice(), user.as_str().as_bytes()].concat()
}

/// Table, column and row, likewise.
fn reply_place(call: &CallKey) -> Vec<u8> {
    [b"idempotency_replies.sealed\0".as_slice(), call.as_bytes()].concat()
}

/// What a fingerprint is of: the key goes first and has one length, so that no two read alike.
fn asked(call: &CallKey, payload: &[u8]) -> Zeroizing<Vec<u8>> {
    Zeroizing::new([call.as_bytes().as_slice(), payload].concat())
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
    fn a_sealed_answer_opens_for_its_own_call_alone() {
        let keys = KeyRing::new(vec![Key::new("k1", [1; 32])]).unwrap();
        let [call, other] = [[1; 32], [2; 32]].map(CallKey::from_stored);
        let sealed = keys.seal_reply([9; 16], &call, b"code 004711").unwrap();
        assert!(!sealed.bytes.windows(6).any(|bytes| bytes == b"004711"));
        assert_eq!(
            keys.open_reply(&call, &sealed).unwrap().as_slice(),
            b"code 004711"
        );
        assert!(keys.open_reply(&other, &sealed).is_err());
        let again = keys.seal_reply([8; 16], &call, b"code 004711").unwrap();
        assert_ne!(again.bytes[16..], sealed.bytes[16..]);
        let mut broken = sealed.clone();
        broken.bytes[20] ^= 1;
        assert!(keys.open_reply(&call, &broken).is_err());
        broken.bytes.truncate(3);
        assert!(keys.open_reply(&call, &broken).is_err());
        let stranger = KeyRing::new(vec![Key::new("k1", [2; 32])]).unwrap();
        assert!(stranger.open_reply(&call, &sealed).is_err());
    }

    #[test]
    fn a_fingerprint_matches_the_same_payload_of_the_same_call_after_a_rotation_too() {
        let keys = KeyRing::new(vec![Key::new("old", [1; 32])]).unwrap();
        let [call, other] = [[1; 32], [2; 32]].map(CallKey::from_stored);
        let made = keys.fingerprint(&call, b"payload");
        let rotated = KeyRing::new(vec![Key::new("new", [2; 32]), Key::new("old", [1; 32])]).unwrap();
        assert!(rotated.fingerprint_matches(&made, &call, b"payload"));
        assert!(!rotated.fingerprint_matches(&made, &call, b"Payload"));
        assert!(!rotated.fingerprint_matches(&made, &other, b"payload"));
        let removed = KeyRing::new(vec![Key::new("new", [2; 32])]).unwrap();
        assert!(!removed.fingerprint_matches(&made, &call, b"payload"));
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
