//! A server on a real socket, with storage in memory.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use ringtrue_api::{
    App, Cors, DevInbox, Draining, Frontends, Limits, Listener, Tls, TrustedProxies, Workers,
};
use ringtrue_core::{
    EmailAddress, NewUserRequest, OrgChoice, OrgId, Organization, Organizations, Settings, UserId, Users,
    access::{Actor, Grant, Role, Subject},
    authenticator::Authenticator,
    code::CodePolicy,
    idempotency::{Idempotency, IdempotencyRules},
    keys::{Key, KeyRing},
    phone_number::{PhoneNumber, PhoneRules},
    port::{Clock as _, Storage},
    token::{AccessToken, TokenId, TokenRecord},
    user::{Command, Delivery, EmailVerification, PhoneUniqueness, Profile, Verification},
};
use ringtrue_memory::{FixedCodeSource, ManualClock, MemoryStorage, SequentialIdSource, SilentSignal};
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};

/// The code that is always drawn.
pub(crate) const CODE: &str = "314159";
/// A number that can be set.
pub(crate) const NUMBER: &str = "+41791234567";
/// The organisation of everybody who is not said to be elsewhere.
pub(crate) const HOME: &str = "home";
/// Another one.
pub(crate) const AWAY: &str = "away";

/// The token of a holder of `IAM_OWNER`.
pub(crate) const OWNER: &str = "owner-token";

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) users: Arc<Users>,
    pub(crate) storage: Storage,
    pub(crate) clock: ManualClock,
    pub(crate) draining: Draining,
    stop: Mutex<Option<oneshot::Sender<()>>>,
    running: JoinHandle<()>,
    _workers: Option<Workers>,
}

/// What a test changes of the usual.
pub(crate) struct Options {
    pub(crate) limits: Limits,
    pub(crate) storage: Storage,
    pub(crate) inbox: Option<Arc<dyn DevInbox>>,
    pub(crate) tls: Option<Tls>,
    pub(crate) proxies: TrustedProxies,
    pub(crate) docs: bool,
    pub(crate) idempotency: IdempotencyRules,
    pub(crate) cors: Cors,
    pub(crate) workers: Option<Workers>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            storage: MemoryStorage::new().storage(),
            inbox: None,
            tls: None,
            proxies: TrustedProxies::default(),
            docs: true,
            idempotency: IdempotencyRules::default(),
            cors: Cors::default(),
            workers: None,
        }
    }
}

impl Server {
    pub(crate) async fn start() -> Self {
        Self::with(Options::default()).await
    }

    pub(crate) async fn with(options: Options) -> Self {
        let Options {
            limits,
            storage,
            inbox,
            tls,
            proxies,
            docs,
            idempotency,
            cors,
            workers,
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
        let keys = Arc::new(KeyRing::new(vec![Key::new("key", [7; 32])]).unwrap());
        let idempotency = Idempotency::new(
            storage.idempotency.clone(),
            Arc::new(clock.clone()),
            ids.clone(),
            Arc::clone(&keys),
            idempotency,
        );
        let settings = Settings {
            phone: PhoneRules::default(),
            code: CodePolicy::default(),
            verified_phones: PhoneUniqueness::Off,
            default_organization: OrgId::parse(HOME).unwrap(),
        };
        let users = Arc::new(Users::new(
            storage.clone(),
            Arc::new(clock.clone()),
            Arc::new(FixedCodeSource::new(&[CODE])),
            ids.clone(),
            Arc::new(SilentSignal),
            keys,
            settings,
        ));
        let bootstrap = AccessToken::new(OWNER);
        let authenticator =
            Authenticator::new(storage.tokens.clone(), Arc::new(clock.clone()), Some(&bootstrap));
        let draining = Draining::default();
        let organizations = Organizations::new(
            storage.organizations.clone(),
            Arc::new(clock.clone()),
            ids.clone(),
            OrgId::parse(HOME).unwrap(),
        );
        let app = App {
            organizations: Arc::new(organizations),
            users: users.clone(),
            idempotency: Arc::new(idempotency),
            authenticator: Arc::new(authenticator),
            health: storage.health.clone(),
            clock: Arc::new(clock.clone()),
            ids,
            inbox,
            docs,
            draining: draining.clone(),
            cors: Arc::new(cors),
            limits: limits.clone(),
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let frontends = Frontends::new(app);
        let mut listener = Listener::from(listener).behind(proxies);
        if let Some(tls) = tls {
            listener = listener.encrypted(tls);
        }
        if let Some(workers) = &workers {
            listener = listener.shared_with(workers);
        }
        let running = tokio::spawn({
            let draining = draining.clone();
            async move {
                let shutdown = async {
                    let _ = stopped.await;
                };
                ringtrue_api::serve(listener, frontends, &limits, &draining, shutdown).await;
            }
        });
        Self {
            address,
            users,
            storage,
            clock,
            draining,
            stop: Mutex::new(Some(stop)),
            running,
            _workers: workers,
        }
    }

    /// Makes a token for a subject with roles, each on the instance or in an organisation.
    pub(crate) async fn token(&self, text: &str, subject: Subject, roles: &[(Role, Option<&str>)]) {
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
    pub(crate) async fn token_of(&self, text: &str, user: &str) {
        self.token(text, Subject::User(UserId::parse(user).unwrap()), &[])
            .await;
    }

    /// Makes a user of `HOME` without a phone.
    pub(crate) async fn user(&self, id: &str) {
        let request = NewUserRequest {
            id: Some(UserId::parse(id).unwrap()),
            organization: OrgChoice::Named(OrgId::parse(HOME).unwrap()),
            username: None,
            profile: Profile {
                given_name: "Ada".to_owned(),
                family_name: "Lovelace".to_owned(),
                nick_name: None,
                display_name: String::new(),
                preferred_language: None,
                gender: None,
            },
            email: format!("{id}@example.com"),
            email_verification: EmailVerification::Vouched,
            phone: None,
        };
        self.users.create(&owner(), request).await.unwrap();
    }

    /// Sets a user's phone; [`CODE`] verifies it.
    pub(crate) async fn phone(&self, id: &str, number: &str) {
        let command = Command::SetPhone {
            // Parsing takes milliseconds in a debug build, and tests do this thousands of times.
            number: Ok(PhoneNumber::from_stored(number.to_owned())),
            verification: Verification::ByCode(Delivery::Return),
        };
        let id = UserId::parse(id).unwrap();
        self.users.execute(&owner(), &id, &command).await.unwrap();
    }

    /// Sets a user's e-mail address; [`CODE`] verifies it.
    pub(crate) async fn email(&self, id: &str, address: &str) {
        let command = Command::SetEmail {
            address: EmailAddress::parse(address),
            verification: EmailVerification::ReturnCode,
        };
        let id = UserId::parse(id).unwrap();
        self.users.execute(&owner(), &id, &command).await.unwrap();
    }

    /// Begins the shutdown.
    pub(crate) fn stop(&self) {
        self.stop.lock().unwrap().take().unwrap().send(()).unwrap();
    }

    /// Whether `serve` has not returned yet.
    pub(crate) fn is_running(&self) -> bool {
        !self.running.is_finished()
    }

    /// Waits until `serve` has returned.
    pub(crate) async fn ended(self, patience: Duration) {
        tokio::time::timeout(patience, self.running)
            .await
            .unwrap()
            .unwrap();
    }
}

/// A holder of `IAM_OWNER`.
pub(crate) fn owner() -> Actor {
    Actor {
        subject: Subject::Service("test".to_owned()),
        grants: vec![Grant::new(Role::IamOwner, None).unwrap()],
    }
}
