//! A call that is carried out under a key.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use time::{Duration, OffsetDateTime};

use super::{
    answer::{self, Answer},
    key::{CallKey, IdempotencyKey},
};
use crate::{
    Error, LeaseId, Outcome,
    access::Subject,
    keys::{Fingerprint, KeyRing},
    port::{Clock, IdSource, IdempotencyStore, InsertOutcome, KeyClaim, KeyState, KeyedReply},
    user::Refusal,
};

/// What an operator sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IdempotencyRules {
    /// Whether a write without a key is refused.
    pub required: bool,
    /// How long an answer is kept, from the call on.
    pub lifetime: Duration,
    /// How long a call that has not answered keeps others of its key waiting. It bounds how long a key is of no use after
    /// a crash; nothing is done twice when it is too short.
    pub lease: Duration,
}

impl Default for IdempotencyRules {
    /// Keys are not required, and known for a day; a claim lasts half a minute.
    fn default() -> Self {
        Self {
            required: false,
            lifetime: Duration::DAY,
            lease: Duration::seconds(30),
        }
    }
}

/// Tells calls that were made before from those that were not.
pub struct Idempotency {
    shared: Arc<Shared>,
}

struct Shared {
    store: Arc<dyn IdempotencyStore>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
    keys: Arc<KeyRing>,
    rules: IdempotencyRules,
}

/// What there is to do about a call.
pub enum Begun {
    /// Carry it out with [`Users::under`](crate::Users::under), then [`Call::end`] it.
    Call(Arc<Call>),
    /// Nothing: the same is being carried out.
    InFlight,
    /// Nothing: the key belongs to a call that asked for something else.
    OtherPayload,
}

/// A call under a key.
pub enum Call {
    /// One that has no answer yet.
    Fresh(Attempt),
    /// One that was answered; it is answered so again.
    Answered(Box<Answer>),
}

/// The carrying-out of a call that has no answer yet.
pub struct Attempt {
    shared: Arc<Shared>,
    key: CallKey,
    lease: LeaseId,
    fingerprint: Fingerprint,
    expires_at: OffsetDateTime,
    answered: AtomicBool,
}

impl Idempotency {
    /// Stands on these.
    #[must_use]
    pub fn new(
        store: Arc<dyn IdempotencyStore>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdSource>,
        keys: Arc<KeyRing>,
        rules: IdempotencyRules,
    ) -> Self {
        let shared = Arc::new(Shared {
            store,
            clock,
            ids,
            keys,
            rules,
        });
        Self { shared }
    }

    /// What the operator has set.
    #[must_use]
    pub fn rules(&self) -> IdempotencyRules {
        self.shared.rules
    }

    /// Begins a call that its caller has given a key. `payload` is everything that the caller asks for.
    pub async fn begin(
        &self,
        caller: &Subject,
        operation: &str,
        key: &IdempotencyKey,
        payload: &[u8],
    ) -> Result<Begun, Error> {
        let key = CallKey::of(caller, operation, key);
        let shared = &self.shared;
        let fingerprint = shared.keys.fingerprint(&key, payload);
        let now = shared.clock.now();
        let lease = LeaseId::from_bytes(shared.ids.random());
        let state = shared.claim(key, lease, &fingerprint, now).await?;
        let of_this = |fingerprint: &Fingerprint| shared.keys.fingerprint_matches(fingerprint, &key, payload);
        Ok(match state {
            KeyState::Claimed => Begun::Call(Arc::new(Call::Fresh(Attempt {
                shared: Arc::clone(shared),
                key,
                lease,
                fingerprint,
                expires_at: now + shared.rules.lifetime,
                answered: AtomicBool::new(false),
            }))),
            KeyState::InFlight(theirs) if of_this(&theirs) => Begun::InFlight,
            KeyState::Answered(reply) if of_this(&reply.fingerprint) => {
                Begun::Call(Arc::new(Call::Answered(Box::new(shared.open(&reply)?))))
            }
            KeyState::InFlight(_) | KeyState::Answered(_) => Begun::OtherPayload,
        })
    }
}

impl Shared {
    async fn claim(
        &self,
        key: CallKey,
        lease: LeaseId,
        fingerprint: &Fingerprint,
        now: OffsetDateTime,
    ) -> Result<KeyState, Error> {
        let claim = KeyClaim {
            key,
            lease,
            fingerprint: fingerprint.clone(),
            lease_until: now + self.rules.lease,
        };
        Ok(self.store.claim(&claim, now).await?)
    }

    fn open(&self, reply: &KeyedReply) -> Result<Answer, Error> {
        let plain = self.keys.open_reply(&reply.key, &reply.sealed)?;
        Ok(answer::read(&plain)?)
    }
}

impl Call {
    /// Ends a call: one that came to nothing that lasts may be made again at once. Whether that could be noted makes no
    /// difference but to when: the claim runs out by itself.
    pub async fn end(&self) {
        if let Self::Fresh(attempt) = self
            && !attempt.is_answered()
        {
            let _ = attempt.shared.store.release(&attempt.key, attempt.lease).await;
        }
    }
}

impl Attempt {
    /// The answer as the commit that it reports is to write it.
    pub(crate) fn reply(&self, answer: &Answer) -> Result<KeyedReply, Error> {
        let Shared { ids, keys, .. } = &*self.shared;
        let sealed = keys.seal_reply(ids.random(), &self.key, &answer::write(answer)?)?;
        Ok(KeyedReply {
            key: self.key,
            fingerprint: self.fingerprint.clone(),
            sealed,
            expires_at: self.expires_at,
        })
    }

    /// The answer has been committed.
    pub(crate) fn committed(&self) {
        self.answered.store(true, Ordering::Relaxed);
    }

    /// Keeps an answer that came without a commit. If another attempt has answered by now, its answer holds.
    pub(crate) async fn keep(&self, answer: Answer) -> Result<Outcome, Error> {
        if self.is_answered() {
            return answer.map_err(Error::Refused);
        }
        match self.shared.store.keep(&self.reply(&answer)?).await? {
            InsertOutcome::Inserted => {
                self.committed();
                answer.map_err(Error::Refused)
            }
            InsertOutcome::Exists => self.answer_of_another().await,
        }
    }

    /// Ends in a refusal that is not kept. If another attempt has answered by now, its answer holds: what this one met may
    /// be what that one did.
    pub(crate) async fn pass(&self, refusal: Refusal) -> Result<Outcome, Error> {
        let theirs = if self.is_answered() {
            None
        } else {
            self.theirs().await?
        };
        theirs.unwrap_or(Err(Error::Refused(refusal)))
    }

    /// The answer of the attempt that came first.
    pub(crate) async fn answer_of_another(&self) -> Result<Outcome, Error> {
        // None: it has expired in this moment.
        self.theirs().await?.unwrap_or(Err(Error::Contended))
    }

    /// What another attempt has answered by now. The claim that asks for it is this attempt's own, and is given back with it.
    async fn theirs(&self) -> Result<Option<Result<Outcome, Error>>, Error> {
        let Self { shared, key, .. } = self;
        let now = shared.clock.now();
        match shared.claim(*key, self.lease, &self.fingerprint, now).await? {
            KeyState::Answered(reply) => {
                self.committed();
                // Whoever took over may have asked for something else: that answer is not for this caller, who learns on
                // trying again whose the key is.
                Ok(Some(if reply.fingerprint == self.fingerprint {
                    shared.open(&reply)?.map_err(Error::Refused)
                } else {
                    Err(Error::Contended)
                }))
            }
            KeyState::Claimed | KeyState::InFlight(_) => Ok(None),
        }
    }

    fn is_answered(&self) -> bool {
        self.answered.load(Ordering::Relaxed)
    }
}
