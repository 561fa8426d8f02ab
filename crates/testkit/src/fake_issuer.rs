//! An OpenID Connect issuer of one's own: discovery, keys that rotate, and introspection, on a real socket.
//!
//! ```no_run
//! # async fn example() {
//! use ringtrue_testkit::fake_issuer::FakeIssuer;
//! use serde_json::json;
//!
//! let issuer = FakeIssuer::start().await;
//! let token = issuer.token(&json!({ "sub": "ada", "aud": "ringtrue", "exp": 1_767_272_400 }));
//! # }
//! ```

mod keys;
mod server;

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

pub use keys::SigningKey;

use crate::loopback::{Loopback, Serving};

/// The client that may ask about tokens.
pub const CLIENT_ID: &str = "ringtrue client";
/// Its secret, with characters that have to be encoded.
pub const CLIENT_SECRET: &str = "s3cret:of/ringtrue+é";

/// More permits than any test takes.
const OPEN: usize = Semaphore::MAX_PERMITS >> 1;

/// What the issuer does with requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    /// Answers.
    Well,
    /// Closes every connection without an answer.
    Down,
    /// Answers 500.
    Failing,
    /// Answers 200 with something that is no JSON.
    Garbled,
    /// Answers 200 with more than anybody should read.
    Huge,
    /// Answers 302 to where it would answer well.
    Redirecting,
    /// Says in its discovery document that it is another issuer.
    Misnamed,
}

/// How often the issuer was asked.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    /// For its discovery document.
    pub discovery: usize,
    /// For its keys.
    pub keys: usize,
    /// About a token.
    pub introspection: usize,
}

struct State {
    mood: Mood,
    signing: Vec<SigningKey>,
    active: HashMap<String, Value>,
    asked: Asked,
}

/// What the server and the test share.
struct Shared {
    address: SocketAddr,
    state: Mutex<State>,
    /// Each request takes a permit: with [`OPEN`] of them all pass, and with none all wait.
    gate: Semaphore,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn issuer(&self) -> String {
        format!("http://{}", self.address)
    }
}

/// An issuer on `127.0.0.1` and a free port; dropping it closes the port and every connection.
pub struct FakeIssuer {
    shared: Arc<Shared>,
    _serving: Serving,
}

impl FakeIssuer {
    /// Starts one with an ES256 key of the name `first`.
    ///
    /// # Panics
    ///
    /// When no port of the loopback interface can be had, because no test can go on without its fake.
    pub async fn start() -> Self {
        let loopback = Loopback::bind().await;
        let shared = Arc::new(Shared {
            address: loopback.address(),
            state: Mutex::new(State {
                mood: Mood::Well,
                signing: vec![SigningKey::es256("first")],
                active: HashMap::new(),
                asked: Asked::default(),
            }),
            gate: Semaphore::new(OPEN),
        });
        let serving = Arc::clone(&shared);
        Self {
            shared,
            _serving: loopback.serve(move |request| server::meet(Arc::clone(&serving), request)),
        }
    }

    /// What tokens have in `iss`, and what to configure.
    #[must_use]
    pub fn issuer(&self) -> String {
        self.shared.issuer()
    }

    /// What happens to requests from now on.
    pub fn is(&self, mood: Mood) {
        self.shared.state().mood = mood;
    }

    /// Holds requests up, after they were counted, until [`Self::flow`].
    pub fn hold(&self) {
        self.shared.gate.forget_permits(Semaphore::MAX_PERMITS);
    }

    /// Holds nothing up any more.
    pub fn flow(&self) {
        self.shared.gate.add_permits(OPEN);
    }

    /// How often it was asked.
    #[must_use]
    pub fn asked(&self) -> Asked {
        self.shared.state().asked
    }

    /// Publishes another key beside those that it has.
    pub fn add(&self, key: SigningKey) {
        self.shared.state().signing.push(key);
    }

    /// Publishes this key in place of all others.
    pub fn rotate(&self, key: SigningKey) {
        self.shared.state().signing = vec![key];
    }

    /// A token with these claims, `iss` added, signed with the newest key.
    ///
    /// # Panics
    ///
    /// When it has no key, which cannot be: it begins with one, and keys are only added or replaced.
    #[must_use]
    #[expect(clippy::expect_used, reason = "the fake always has a key")]
    pub fn token(&self, claims: &Value) -> String {
        let state = self.shared.state();
        let newest = state.signing.last().expect("an issuer has a key");
        newest.jwt(&self.claims(claims))
    }

    /// The claims with `iss` added, unless it is there.
    #[must_use]
    pub fn claims(&self, claims: &Value) -> Value {
        let mut all = json!({ "iss": self.issuer() });
        if let (Some(all), Some(claims)) = (all.as_object_mut(), claims.as_object()) {
            all.extend(claims.clone());
        }
        all
    }

    /// Makes an opaque token that introspection knows, with these claims; `active` is added unless it is there.
    pub fn opaque(&self, token: &str, claims: &Value) {
        let mut all = json!({ "active": true });
        if let (Some(all), Some(claims)) = (all.as_object_mut(), claims.as_object()) {
            all.extend(claims.clone());
        }
        self.shared.state().active.insert(token.to_owned(), all);
    }

    /// Ends an opaque token.
    pub fn revoke(&self, token: &str) {
        self.shared.state().active.remove(token);
    }
}

/// A JWT out of its parts, whatever they are; `sign` is given what is signed.
#[must_use]
pub fn assemble(header: &str, payload: &str, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> String {
    let message = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(header),
        URL_SAFE_NO_PAD.encode(payload)
    );
    let signature = sign(message.as_bytes());
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
}
