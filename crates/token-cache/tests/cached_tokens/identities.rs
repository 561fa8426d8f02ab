use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use async_trait::async_trait;
use ringtrue_core::{
    access::{Actor, Subject},
    port::{Clock as _, Identity, IdentityError, IdentityProvider},
    token::AccessToken,
};
use ringtrue_memory::ManualClock;
use ringtrue_testkit::builders::user_id;
use ringtrue_token_cache::CachedIdentities;
use time::Duration;

/// An issuer that answers as the test says.
struct Scripted {
    answer: Mutex<Result<Identity, IdentityError>>,
    asked: AtomicUsize,
}

#[async_trait]
impl IdentityProvider for Scripted {
    async fn identify(&self, _: &AccessToken) -> Result<Identity, IdentityError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        self.answer.lock().unwrap().clone()
    }
}

fn issuer(expires_in: Option<Duration>) -> (Arc<Scripted>, ManualClock, CachedIdentities<Scripted>) {
    let clock = ManualClock::default();
    let identity = Identity {
        actor: Actor {
            subject: Subject::User(user_id("ada")),
            grants: Vec::new(),
        },
        expires_at: expires_in.map(|lasts| clock.now() + lasts),
    };
    let issuer = Arc::new(Scripted {
        answer: Mutex::new(Ok(identity)),
        asked: AtomicUsize::new(0),
    });
    let lifetime = std::time::Duration::from_secs(10);
    let cached = CachedIdentities::new(Arc::clone(&issuer), Arc::new(clock.clone()), lifetime);
    (issuer, clock, cached)
}

#[tokio::test]
async fn an_identity_is_believed_for_the_lifetime_of_ones_choice() {
    let (issuer, clock, cached) = issuer(None);
    let token = AccessToken::new("opaque");
    for _ in 0..9 {
        assert!(cached.identify(&token).await.is_ok());
    }
    assert_eq!(issuer.asked.load(Ordering::SeqCst), 1);
    *issuer.answer.lock().unwrap() = Err(IdentityError::Invalid);
    assert!(cached.identify(&token).await.is_ok());
    clock.advance(Duration::seconds(10));
    assert!(matches!(
        cached.identify(&token).await,
        Err(IdentityError::Invalid)
    ));
}

#[tokio::test]
async fn an_identity_ends_when_its_token_does() {
    let (_, clock, cached) = issuer(Some(Duration::seconds(3)));
    let token = AccessToken::new("opaque");
    assert!(cached.identify(&token).await.is_ok());
    clock.advance(Duration::seconds(3));
    assert!(matches!(
        cached.identify(&token).await,
        Err(IdentityError::Invalid)
    ));
}

#[tokio::test]
async fn an_issuer_that_is_down_is_not_taken_for_a_refusal() {
    let (issuer, _, cached) = issuer(None);
    let down = IdentityError::Unavailable(Arc::from(Box::from("down")));
    *issuer.answer.lock().unwrap() = Err(down);
    let answer = cached.identify(&AccessToken::new("opaque")).await;
    assert!(matches!(answer, Err(IdentityError::Unavailable(_))));
}
