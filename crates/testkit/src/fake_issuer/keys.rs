//! Keys that sign.

use std::sync::Arc;

use aws_lc_rs::{
    rand::SystemRandom,
    rsa::KeySize,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256,
        RSA_PSS_SHA256, RsaKeyPair,
    },
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::assemble;

/// A key pair with a name, for one algorithm.
#[derive(Clone)]
pub struct SigningKey {
    id: String,
    algorithm: &'static str,
    pair: Pair,
}

#[derive(Clone)]
enum Pair {
    Ec(Arc<EcdsaKeyPair>),
    Ed(Arc<Ed25519KeyPair>),
    Rsa(Arc<RsaKeyPair>),
}

#[expect(
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "a test cannot go on without its keys"
)]
impl SigningKey {
    /// A new key on P-256.
    #[must_use]
    pub fn es256(id: &str) -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key");
        Self::of(id, "ES256", Pair::Ec(Arc::new(pair)))
    }

    /// A new key on Curve25519.
    #[must_use]
    pub fn eddsa(id: &str) -> Self {
        let pair = Ed25519KeyPair::generate().expect("a key");
        Self::of(id, "EdDSA", Pair::Ed(Arc::new(pair)))
    }

    /// A new RSA key of 2,048 bits for PKCS #1 v1.5.
    #[must_use]
    pub fn rs256(id: &str) -> Self {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).expect("a key");
        Self::of(id, "RS256", Pair::Rsa(Arc::new(pair)))
    }

    /// The same key under another name.
    #[must_use]
    pub fn called(&self, id: &str) -> Self {
        Self {
            id: id.to_owned(),
            ..self.clone()
        }
    }

    fn of(id: &str, algorithm: &'static str, pair: Pair) -> Self {
        Self {
            id: id.to_owned(),
            algorithm,
            pair,
        }
    }

    /// The public half (RFC 7517).
    #[must_use]
    pub fn jwk(&self) -> Value {
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let mut jwk = match &self.pair {
            Pair::Ec(pair) => {
                let point = pair.public_key().as_ref();
                json!({ "kty": "EC", "crv": "P-256", "x": encode(&point[1..33]), "y": encode(&point[33..65]) })
            }
            Pair::Ed(pair) => {
                json!({ "kty": "OKP", "crv": "Ed25519", "x": encode(pair.public_key().as_ref()) })
            }
            Pair::Rsa(pair) => {
                // RFC 8017 A.1.1, of 2,048 bits and with the exponent 65,537: everything has its place.
                let der = pair.public_key().as_ref();
                json!({ "kty": "RSA", "n": encode(&der[9..265]), "e": encode(&der[267..270]) })
            }
        };
        jwk["kid"] = self.id.clone().into();
        jwk["alg"] = self.algorithm.into();
        jwk["use"] = "sig".into();
        jwk
    }

    /// The public half as bytes: what a forger would take for a shared secret.
    #[must_use]
    pub fn public_bytes(&self) -> Vec<u8> {
        match &self.pair {
            Pair::Ec(pair) => pair.public_key().as_ref().to_vec(),
            Pair::Ed(pair) => pair.public_key().as_ref().to_vec(),
            Pair::Rsa(pair) => pair.public_key().as_ref().to_vec(),
        }
    }

    /// A signature as the key's own algorithm makes it.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match &self.pair {
            Pair::Ec(pair) => pair
                .sign(&random, message)
                .expect("a signature")
                .as_ref()
                .to_vec(),
            Pair::Ed(pair) => pair.sign(message).as_ref().to_vec(),
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature)
                    .expect("a signature");
                signature
            }
        }
    }

    /// A signature with RSASSA-PSS, if this is an RSA key.
    #[must_use]
    pub fn sign_pss(&self, message: &[u8]) -> Vec<u8> {
        let Pair::Rsa(pair) = &self.pair else {
            return Vec::new();
        };
        let mut signature = vec![0; pair.public_modulus_len()];
        pair.sign(&RSA_PSS_SHA256, &SystemRandom::new(), message, &mut signature)
            .expect("a signature");
        signature
    }

    /// The header of a token that this key signs.
    #[must_use]
    pub fn header(&self) -> Value {
        json!({ "alg": self.algorithm, "kid": self.id, "typ": "at+jwt" })
    }

    /// A token with exactly these claims.
    #[must_use]
    pub fn jwt(&self, claims: &Value) -> String {
        self.jwt_of(&self.header().to_string(), &claims.to_string())
    }

    /// A token with exactly this header and payload.
    #[must_use]
    pub fn jwt_of(&self, header: &str, payload: &str) -> String {
        assemble(header, payload, |message| self.sign(message))
    }
}
