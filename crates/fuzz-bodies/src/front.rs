//! The frontends over storage in memory, called without a socket.

use std::{
    collections::VecDeque,
    convert::Infallible,
    pin::Pin,
    sync::{Arc, LazyLock},
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt as _;
use hyper::body::{Body, Frame};
use ringtrue_api::{App, Draining, Frontends, Limits};
use ringtrue_core::{
    OrgId, Organizations, Settings, Users,
    authenticator::Authenticator,
    code::CodePolicy,
    idempotency::{Idempotency, IdempotencyRules},
    keys::{Key, KeyRing},
    phone_number::PhoneRules,
    token::AccessToken,
    user::PhoneUniqueness,
};
use ringtrue_memory::{FixedCodeSource, ManualClock, MemoryStorage, SequentialIdSource, SilentSignal};
use tokio::runtime::{Builder, Runtime};
use tower::ServiceExt as _;

/// The one token there is. It may do everything.
pub(crate) const OWNER: &str = "owner-token";

/// A body, in the pieces that it arrives in.
pub(crate) struct Sent(VecDeque<Bytes>);

impl Sent {
    /// In one piece.
    pub(crate) fn whole(bytes: &[u8]) -> Self {
        Self::in_pieces(bytes, bytes.len().max(1))
    }

    /// In pieces of `len` bytes.
    pub(crate) fn in_pieces(bytes: &[u8], len: usize) -> Self {
        Self(bytes.chunks(len).map(Bytes::copy_from_slice).collect())
    }
}

impl Body for Sent {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.pop_front().map(|piece| Ok(Frame::data(piece))))
    }
}

/// What came back.
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

/// Calls the frontends.
pub(crate) fn front(request: Request<Sent>) -> Reply {
    type Call = Box<dyn Fn(Request<Sent>) -> Reply + Send + Sync>;
    static FRONT: LazyLock<Call> = LazyLock::new(|| {
        let runtime = Builder::new_current_thread()
            .enable_time()
            .build()
            .expect("a runtime");
        let frontends = Frontends::new(app());
        Box::new(move |request| answer(&runtime, frontends.clone().oneshot(request)))
    });
    FRONT(request)
}

fn answer<B: Body<Data = Bytes>>(
    runtime: &Runtime,
    answering: impl Future<Output = Result<http::Response<B>, Infallible>>,
) -> Reply {
    runtime.block_on(async {
        let Ok(response) = answering.await;
        let (head, body) = response.into_parts();
        let Ok(body) = body.collect().await else {
            panic!("the answer breaks off");
        };
        Reply {
            status: head.status,
            headers: head.headers,
            body: body.to_bytes().to_vec(),
        }
    })
}

fn app() -> App {
    let storage = MemoryStorage::new().storage();
    let clock = Arc::new(ManualClock::default());
    let ids = Arc::new(SequentialIdSource::default());
    let settings = Settings {
        phone: PhoneRules::default(),
        code: CodePolicy::default(),
        verified_phones: PhoneUniqueness::Off,
        default_organization: OrgId::parse("home").expect("an id"),
    };
    let keys = Arc::new(KeyRing::new(vec![Key::new("key", [7; 32])]).expect("a key ring"));
    let idempotency = Idempotency::new(
        storage.idempotency.clone(),
        clock.clone(),
        ids.clone(),
        Arc::clone(&keys),
        IdempotencyRules::default(),
    );
    let users = Users::new(
        storage.clone(),
        clock.clone(),
        Arc::new(FixedCodeSource::new(&["314159"])),
        ids.clone(),
        Arc::new(SilentSignal),
        keys,
        settings,
    );
    let owner = AccessToken::new(OWNER);
    let organizations = Organizations::new(
        storage.organizations.clone(),
        clock.clone(),
        ids.clone(),
        OrgId::parse("home").expect("an id"),
    );
    App {
        organizations: Arc::new(organizations),
        users: Arc::new(users),
        idempotency: Arc::new(idempotency),
        authenticator: Arc::new(Authenticator::new(
            storage.tokens.clone(),
            clock.clone(),
            Some(&owner),
        )),
        health: storage.health.clone(),
        clock,
        ids,
        inbox: None,
        docs: false,
        draining: Draining::default(),
        cors: Arc::default(),
        limits: Limits::default(),
    }
}
