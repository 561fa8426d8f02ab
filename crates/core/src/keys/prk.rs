//! HKDF-SHA256 (RFC 5869) for keys of 32 bytes, which are one block of its output.
//!
//! The library's own takes secret and salt through the first step again for every key that it derives. Every message and every
//! answer has a key of its own, so that here the first step is taken once, and the second is one HMAC whose key is prepared.

use aws_lc_rs::hmac;
use zeroize::Zeroizing;

/// The pseudorandom key between the two steps.
pub(super) struct Prk(hmac::Key);

impl Prk {
    /// HKDF-Extract.
    pub(super) fn extract(salt: &[u8], secret: &[u8; 32]) -> Self {
        let salt = hmac::Key::new(hmac::HMAC_SHA256, salt);
        Self(key(&hmac::sign(&salt, secret)))
    }

    /// HKDF-Expand, to 32 bytes.
    pub(super) fn expand(&self, info: &[u8; 16]) -> Zeroizing<[u8; 32]> {
        let mut bytes = Zeroizing::new([0; 32]);
        bytes.copy_from_slice(self.block(info).as_ref());
        bytes
    }

    /// HKDF-Expand, to a key for HMAC-SHA-256.
    pub(super) fn expand_to_hmac(&self) -> hmac::Key {
        key(&self.block(b"hmac"))
    }

    /// `T(1)`: what comes before the first block is nothing.
    fn block(&self, info: &[u8]) -> hmac::Tag {
        let mut hmac = hmac::Context::with_key(&self.0);
        hmac.update(info);
        hmac.update(&[1]);
        hmac.sign()
    }
}

fn key(tag: &hmac::Tag) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, tag.as_ref())
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::hkdf;

    use super::*;

    /// The library's.
    fn theirs(salt: &[u8], secret: &[u8; 32], info: &[u8]) -> [u8; 32] {
        let prk = hkdf::Salt::new(hkdf::HKDF_SHA256, salt).extract(secret);
        let mut bytes = [0; 32];
        let info = [info];
        let okm = prk.expand(&info, hkdf::HKDF_SHA256).unwrap();
        okm.fill(&mut bytes).unwrap();
        bytes
    }

    #[test]
    fn it_derives_what_the_library_derives() {
        for byte in 0..=255 {
            let (secret, info) = ([byte; 32], [!byte; 16]);
            let salt = vec![byte; usize::from(byte)];
            let prk = Prk::extract(&salt, &secret);
            assert_eq!(*prk.expand(&info), theirs(&salt, &secret, &info), "{byte}");
            let key = hmac::Key::new(hmac::HMAC_SHA256, &theirs(&salt, &secret, b"hmac"));
            let tag = hmac::sign(&prk.expand_to_hmac(), b"message");
            assert!(hmac::verify(&key, b"message", tag.as_ref()).is_ok(), "{byte}");
        }
    }
}
