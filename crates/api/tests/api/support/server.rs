//! A server on a real socket, with storage in memory.

use std::{net::SocketAddr, sync::Arc};

use ringtrue_api::{App, DevInbox, Draining, Limits};
use ringtrue_core::{
    OrgId, Organization, Settings, UserId, Users,
    access::{Grant, Role, Subject},
    code::CodePolicy,
    keys::{Key, KeyRing},
    phone_number::PhoneRules,
    port::{Clock as _, Storage},
    token::{AccessToken, Authenticator, TokenId, TokenRecord},
};
use ringtrue_memory::{FixedCodeSource, ManualClock, MemoryStorage, SequentialIdSource, SilentSignal};
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};

/// The code that is always drawn.
pub const CODE: &str = "314159";
/// A number that can be set.
pub const NUMBER: &str = "+41791234567";
/// The organisation of everybody who is not said to be elsewhere.
pub const HOME: &str = "home";
/// Another one.
pub const AWAY: &str = "away";

/// The token of a holder of `IAM_OWNER`.
pub const OWNER: &str = "owner-token";

pub struct Server {
    pub address: SocketAddr,
    pub storage: Storage,
    pub clock: ManualClock,
    pub draining: Draining,
    stop: Option<oneshot::Sender<()>>,
    pub running: Option<JoinHandle<()>>,
}

/// What a test changes of the usual.
pub struct Options {
    pub limits: Limits,
    pub storage: Storage,
    pub inbox: Option<Arc<dyn DevInbox>>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            storage: MemoryStorage::new().storage(),
            inbox: None,
        }
    }
}

impl Server {
    pub async fn start() -> Self {
        Self::with(Options::default()).await
    }

    pub async fn with(options: Options) -> Self {
        let Options {
            limits,
            storage,
            inbox,
        } = options;
        let clock = ManualClock::default();
        let ids = Arc::new(SequentialIdSource::default());
        for id in [HOME, AWAY] {
            let organization = Organization {
                id: OrgId::parse(id).unwrap(),
                name: id.to_owned(),
                created_at: clock.now(),
            };
            // A store that is made to fail fails here too, and then needs no organisations.
            let _ = storage.organizations.insert(&organization).await;
        }
        let keys = KeyRing::new(vec![Key::new("key", [7; 32])]).unwrap();
        let settings = Settings {
            phone: PhoneRules::default(),
            code: CodePolicy::default(),
            default_organization: OrgId::parse(HOME).unwrap(),
        };
        let users = Users::new(
            storage.clone(),
            Arc::new(clock.clone()),
            Arc::new(FixedCodeSource::new(&[CODE])),
            ids.clone(),
            Arc::new(SilentSignal),
            Arc::new(keys),
            settings,
        );
        let bootstrap = AccessToken::new(OWNER);
        let authenticator =
            Authenticator::new(storage.tokens.clone(), Arc::new(clock.clone()), Some(&bootstrap));
        let draining = Draining::default();
        let app = App {
            users: Arc::new(users),
            authenticator: Arc::new(authenticator),
            health: storage.health.clone(),
            clock: Arc::new(clock.clone()),
            ids,
            inbox,
            draining: draining.clone(),
            limits: limits.clone(),
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let router = ringtrue_api::router(app);
        let running = tokio::spawn({
            let draining = draining.clone();
            async move {
                let shutdown = async {
                    let _ = stopped.await;
                };
                ringtrue_api::serve(listener, router, &limits, &draining, shutdown).await;
            }
        });
        Self {
            address,
            storage,
            clock,
            draining,
            stop: Some(stop),
            running: Some(running),
        }
    }

    /// Makes a token for a subject with roles, each on the instance or in an organisation.
    pub async fn token(&self, text: &str, subject: Subject, roles: &[(Role, Option<&str>)]) {
        let token = AccessToken::new(text);
        let grants = roles.iter().map(|(role, organization)| {
            Grant::new(*role, organization.map(|id| OrgId::parse(id).unwrap())).unwrap()
        });
        let record = TokenRecord {
            id: TokenId::from_text(text.to_owned()),
            hash: token.hash(),
            subject,
            grants: grants.collect(),
            created_at: self.clock.now(),
            expires_at: None,
        };
        self.storage.tokens.insert(&record).await.unwrap();
    }

    /// Makes a token for a user without a role.
    pub async fn token_of(&self, text: &str, user: &str) {
        self.token(text, Subject::User(UserId::parse(user).unwrap()), &[])
            .await;
    }

    /// Begins the shutdown.
    pub fn stop(&mut self) {
        self.stop.take().unwrap().send(()).unwrap();
    }
}
