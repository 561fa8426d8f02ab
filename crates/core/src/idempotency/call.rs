//! A call that is carried out under a key.

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use time::{Duration, OffsetDateTime};
use zeroize::Zeroizing;

use super::{
    answer::{self, Answer, Reply},
    key::{CallKey, IdempotencyKey},
};
use crate::{
    Error, LeaseId,
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
    /// Carry it out with [`Users::under`](crate::Users::under) or
    /// [`Organizations::under`](crate::Organizations::under), then [`Call::end`] it.
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
    Answered(Given),
}

/// An answer that was given, codes in clear.
pub struct Given(Zeroizing<Vec<u8>>);

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
                Begun::Call(Arc::new(Call::Answered(shared.open(&reply)?)))
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

    fn open(&self, reply: &KeyedReply) -> Result<Given, Error> {
        Ok(Given(self.keys.open_reply(&reply.key, &reply.sealed)?))
    }
}

impl Given {
    fn again<R: Reply>(&self) -> Result<R, Error> {
        answer::read(&self.0)?.map_err(Error::Refused)
    }
}

impl Call {
    /// Does the work of a call, unless it was done before under the same key.
    pub(crate) async fn once<R: Reply>(
        call: Option<&Self>,
        work: impl Future<Output = Result<R, Error>> + Send,
    ) -> Result<R, Error> {
        match call {
            None => work.await,
            Some(Self::Answered(given)) => given.again(),
            Some(Self::Fresh(attempt)) => match work.await {
                Ok(reply) => attempt.keep(Ok(reply)).await,
                Err(Error::Refused(refusal)) if refusal.is_final() => attempt.keep(Err(refusal)).await,
                Err(Error::Refused(refusal)) => attempt.pass(refusal).await,
                other => other,
            },
        }
    }

    /// The carrying-out of this call, if that is what is under way.
    pub(crate) const fn attempt(&self) -> Option<&Attempt> {
        match self {
            Self::Fresh(attempt) => Some(attempt),
            Self::Answered(_) => None,
        }
    }

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
    pub(crate) fn reply<R: Reply>(&self, answer: &Answer<R>) -> Result<KeyedReply, Error> {
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
    async fn keep<R: Reply>(&self, answer: Answer<R>) -> Result<R, Error> {
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
    async fn pass<R: Reply>(&self, refusal: Refusal) -> Result<R, Error> {
        let theirs = if self.is_answered() {
            None
        } else {
            self.theirs().await?
        };
        theirs.unwrap_or(Err(Error::Refused(refusal)))
    }

    /// The answer of the attempt that came first.
    pub(crate) async fn answer_of_another<R: Reply>(&self) -> Result<R, Error> {
        // None: it has expired in this moment.
        self.theirs().await?.unwrap_or(Err(Error::Contended))
    }

    /// What another attempt has answered by now. The claim that asks for it is this attempt's own, and is given back with it.
    async fn theirs<R: Reply>(&self) -> Result<Option<Result<R, Error>>, Error> {
        let Self { shared, key, .. } = self;
        let now = shared.clock.now();
        match shared.claim(*key, self.lease, &self.fingerprint, now).await? {
            KeyState::Answered(reply) => {
                self.committed();
                // Whoever took over may have asked for something else: that answer is not for this caller, who learns on
                // trying again whose the key is.
                Ok(Some(if reply.fingerprint == self.fingerprint {
                    shared.open(&reply)?.again()
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
