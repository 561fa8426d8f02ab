//! An issuer's public keys.

use jsonwebtoken::{
    Algorithm, AlgorithmFamily, DecodingKey,
    jwk::{AlgorithmParameters, Jwk, PublicKeyUse},
};
use serde::Deserialize;
use serde_json::Value;

/// More keys than any issuer has: what is beyond is not looked at.
const KEYS_MAX: usize = 64;

/// A key set (RFC 7517 §5), without the keys that check no signature.
#[derive(Debug)]
pub(crate) struct KeySet(Vec<Key>);

#[derive(Debug)]
struct Key {
    id: Option<String>,
    algorithm: Option<Algorithm>,
    public: DecodingKey,
}

impl KeySet {
    /// Reads a set; `None` if it is none. Keys of kinds that are not known are passed over, as RFC 7517 §5 has it.
    pub(crate) fn read(json: &[u8]) -> Option<Self> {
        #[derive(Deserialize)]
        struct Set {
            keys: Vec<Value>,
        }
        let Set { keys } = serde_json::from_slice(json).ok()?;
        let keys = keys.into_iter().take(KEYS_MAX).filter_map(Key::read);
        Some(Self(keys.collect()))
    }

    /// Whether there is a key of that name; without a name, whether there is any.
    pub(crate) fn has(&self, id: Option<&str>) -> bool {
        self.0.iter().any(|key| key.is_called(id))
    }

    /// Whether one of the keys of that name made the signature with that algorithm.
    pub(crate) fn verify(
        &self,
        id: Option<&str>,
        algorithm: Algorithm,
        message: &str,
        signature: &str,
    ) -> bool {
        self.0
            .iter()
            .filter(|key| key.is_called(id) && key.is_for(algorithm))
            .any(|key| {
                jsonwebtoken::crypto::verify(signature, message.as_bytes(), &key.public, algorithm)
                    .is_ok_and(|verified| verified)
            })
    }
}

impl Key {
    fn read(json: Value) -> Option<Self> {
        let jwk: Jwk = serde_json::from_value(json).ok()?;
        // A secret that is published is none: with it, anybody could sign.
        let is_public = matches!(
            jwk.algorithm,
            AlgorithmParameters::RSA(_)
                | AlgorithmParameters::EllipticCurve(_)
                | AlgorithmParameters::OctetKeyPair(_)
        );
        let signs = !matches!(
            jwk.common.public_key_use,
            Some(PublicKeyUse::Encryption | PublicKeyUse::Other(_))
        );
        if !is_public || !signs {
            return None;
        }
        let algorithm = match jwk.common.key_algorithm {
            Some(algorithm) => Some(algorithm.to_string().parse().ok()?),
            None => None,
        };
        let public = DecodingKey::from_jwk(&jwk).ok()?;
        Some(Self {
            id: jwk.common.key_id,
            algorithm,
            public,
        })
    }

    fn is_called(&self, id: Option<&str>) -> bool {
        id.is_none() || self.id.as_deref() == id
    }

    /// The key says what it is for, not the token: else a public key could be taken for a shared secret.
    fn is_for(&self, algorithm: Algorithm) -> bool {
        let family = algorithm.family();
        family != AlgorithmFamily::Hmac
            && family == self.public.family()
            && self.algorithm.is_none_or(|own| own == algorithm)
    }
}
