//! The use-case loop around the rules: what is retried, what is drawn, whom it tells, whose organisation it takes.

#![expect(
    clippy::unwrap_used,
    reason = "a test whose world cannot be set up has failed"
)]

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use ringtrue_core::{
    EmailAddress, Error, NewUserRequest, OrgChoice, OrgId, Organization, Settings, UserId, Users,
    access::{Actor, Grant, Role, Subject},
    code::{Code, CodePolicy},
    keys::{Key, KeyRing},
    phone_number::PhoneRules,
    port::{
        CommitOutcome, IdSource, MockCodeSource, MockDeliverySignal, MockIdSource, MockUserStore, Storage,
        Versioned,
    },
    user::{Command, Delivery, EmailVerification, NewUser, PhoneUniqueness, Profile, Refusal, Verification},
};
use ringtrue_memory::{ManualClock, MemoryStorage, SequentialIdSource};
use time::macros::datetime;

/// The ports that a test may put something else behind.
struct Ports {
    storage: Storage,
    codes: MockCodeSource,
    ids: Box<dyn FnOnce() -> Arc<dyn IdSource>>,
    signal: MockDeliverySignal,
}

impl Ports {
    async fn new() -> Self {
        let storage = MemoryStorage::new().storage();
        for id in ["home", "away"] {
            let created_at = datetime!(2026-01-01 00:00 UTC);
            let organization = Organization {
                id: org(id),
                name: id.to_owned(),
                created_at,
            };
            storage.organizations.insert(&organization).await.unwrap();
        }
        let mut codes = MockCodeSource::new();
        codes.expect_draw().returning(|_| Code::new("123456"));
        let mut signal = MockDeliverySignal::new();
        signal.expect_message_queued().return_const(());
        Self {
            storage,
            codes,
            ids: Box::new(|| Arc::new(SequentialIdSource::default())),
            signal,
        }
    }

    fn users(self) -> Users {
        let (phone, code) = (PhoneRules::default(), CodePolicy::default());
        Users::new(
            self.storage,
            Arc::new(ManualClock::default()),
            Arc::new(self.codes),
            (self.ids)(),
            Arc::new(self.signal),
            Arc::new(KeyRing::new(vec![Key::new("k", [1; 32])]).unwrap()),
            Settings {
                phone,
                code,
                verified_phones: PhoneUniqueness::Off,
                default_organization: org("home"),
            },
        )
    }
}

fn org(id: &str) -> OrgId {
    OrgId::parse(id).unwrap()
}

fn user(id: &str) -> UserId {
    UserId::parse(id).unwrap()
}

fn service(role: Role, at: Option<&str>) -> Actor {
    let grants = vec![Grant::new(role, at.map(org)).unwrap()];
    Actor {
        subject: Subject::Service("test".to_owned()),
        grants,
    }
}

fn request(id: Option<&str>, organization: OrgChoice) -> NewUserRequest {
    let profile = Profile {
        given_name: "Ada".to_owned(),
        family_name: "Lovelace".to_owned(),
        nick_name: None,
        display_name: String::new(),
        preferred_language: None,
        gender: None,
    };
    NewUserRequest {
        id: id.map(user),
        organization,
        username: id.map(str::to_owned),
        profile,
        email: "ada@example.com".to_owned(),
        email_verification: EmailVerification::Unverified,
        phone: None,
    }
}

fn set_phone(verification: Verification) -> Command {
    Command::SetPhone {
        number: PhoneRules::default().parse("+41791234567"),
        verification,
    }
}

/// A store that answers each commit as `outcome` says of its number, from 1.
fn store(outcome: impl Fn(u32) -> CommitOutcome + Send + 'static) -> MockUserStore {
    let mut store = MockUserStore::new();
    let commits = AtomicU32::new(0);
    store.expect_load().returning(|_| Ok(vec![Versioned::initial()]));
    store
        .expect_commit()
        .returning(move |_| Ok(vec![outcome(commits.fetch_add(1, Ordering::Relaxed) + 1)]));
    store
}

#[tokio::test]
async fn a_conflict_is_decided_anew_with_the_codes_drawn_once() {
    let mut ports = Ports::new().await;
    ports.storage.users = Arc::new(store(|nth| {
        if nth < 32 {
            CommitOutcome::Conflict
        } else {
            CommitOutcome::Committed
        }
    }));
    ports.codes = MockCodeSource::new();
    ports
        .codes
        .expect_draw()
        .times(2)
        .returning(|_| Code::new("123456"));
    let created = ports
        .users()
        .create(
            &service(Role::IamOwner, None),
            request(Some("ada"), OrgChoice::Callers),
        )
        .await;
    assert_eq!(created.unwrap().details.sequence, 1);
}

#[tokio::test]
async fn a_user_who_is_fought_over_for_too_long_is_contended() {
    let mut ports = Ports::new().await;
    ports.storage.users = Arc::new(store(|_| CommitOutcome::Conflict));
    let created = ports
        .users()
        .create(
            &service(Role::IamOwner, None),
            request(Some("ada"), OrgChoice::Callers),
        )
        .await;
    assert!(matches!(created, Err(Error::Contended)));
}

#[tokio::test]
async fn the_dispatcher_is_told_of_messages_and_of_nothing_else() {
    let mut ports = Ports::new().await;
    ports.signal = MockDeliverySignal::new();
    ports.signal.expect_message_queued().times(1).return_const(());
    let (users, owner) = (ports.users(), service(Role::IamOwner, None));
    users
        .create(&owner, request(Some("ada"), OrgChoice::Callers))
        .await
        .unwrap();
    let returned = set_phone(Verification::ByCode(Delivery::Return));
    users.execute(&owner, &user("ada"), &returned).await.unwrap();
    let resend = Command::ResendCode {
        delivery: Delivery::Send,
    };
    users.execute(&owner, &user("ada"), &resend).await.unwrap();
}

#[tokio::test]
async fn a_drawn_id_that_is_taken_is_drawn_again_and_a_chosen_one_refused() {
    let mut ports = Ports::new().await;
    ports.ids = Box::new(|| {
        let mut ids = MockIdSource::new();
        let drawn = AtomicU32::new(0);
        ids.expect_random().returning(|| [0; 16]);
        ids.expect_user_id().returning(move || {
            user(if drawn.fetch_add(1, Ordering::Relaxed) < 2 {
                "taken"
            } else {
                "free"
            })
        });
        Arc::new(ids)
    });
    let (users, owner) = (ports.users(), service(Role::IamOwner, None));
    users
        .create(&owner, request(Some("taken"), OrgChoice::Callers))
        .await
        .unwrap();
    let drawn = users
        .create(&owner, request(None, OrgChoice::Callers))
        .await
        .unwrap();
    assert_eq!(drawn.user, user("free"));
    let chosen = users
        .create(&owner, request(Some("taken"), OrgChoice::Callers))
        .await;
    assert!(matches!(chosen, Err(Error::Refused(Refusal::UserExists))));
}

#[tokio::test]
async fn a_username_is_unique_whatever_its_case() {
    let (users, owner) = (Ports::new().await.users(), service(Role::IamOwner, None));
    let mut ada = request(Some("ada"), OrgChoice::Callers);
    users.create(&owner, ada.clone()).await.unwrap();
    ada.id = Some(user("other"));
    ada.username = Some("ADA".to_owned());
    let second = users.create(&owner, ada.clone()).await;
    assert!(matches!(second, Err(Error::Refused(Refusal::UsernameTaken))));
    users
        .execute(&owner, &user("ada"), &Command::Delete)
        .await
        .unwrap();
    users.create(&owner, ada).await.unwrap();
}

#[tokio::test]
async fn a_user_belongs_to_the_organisation_named_else_to_the_callers() {
    let users = Ports::new().await.users();
    let (owner, manager) = (
        service(Role::IamOwner, None),
        service(Role::OrgUserManager, Some("away")),
    );
    let rows = [
        (&owner, OrgChoice::Named(org("away")), Ok("away")),
        (&owner, OrgChoice::Callers, Ok("home")),
        (&manager, OrgChoice::Callers, Ok("away")),
        (
            &manager,
            OrgChoice::Named(org("home")),
            Err(Refusal::PermissionDenied),
        ),
        (
            &manager,
            OrgChoice::Named(org("nowhere")),
            Err(Refusal::PermissionDenied),
        ),
        (
            &owner,
            OrgChoice::Named(org("nowhere")),
            Err(Refusal::OrganizationMissing),
        ),
    ];
    for (number, (actor, choice, expected)) in rows.into_iter().enumerate() {
        let id = format!("user-{number}");
        match (
            users.create(actor, request(Some(&id), choice.clone())).await,
            expected,
        ) {
            (Ok(created), Ok(owner)) => assert_eq!(created.details.organization, org(owner), "{choice:?}"),
            (Err(Error::Refused(refusal)), Err(expected)) => assert_eq!(refusal, expected, "{choice:?}"),
            (got, expected) => panic!("{choice:?}: {got:?} instead of {expected:?}"),
        }
    }
}

#[tokio::test]
async fn nobody_creates_a_user_as_a_command_without_permission() {
    let users = Ports::new().await.users();
    let nobody = Actor {
        subject: Subject::User(user("ada")),
        grants: Vec::new(),
    };
    let asked = request(Some("ada"), OrgChoice::Callers);
    let command = Command::Create(Box::new(NewUser {
        organization: org("home"),
        username: "ada".to_owned(),
        profile: asked.profile,
        email: EmailAddress::parse(&asked.email).unwrap(),
        email_verification: EmailVerification::Vouched,
        phone: None,
    }));
    let created = users.execute(&nobody, &user("ada"), &command).await;
    assert!(matches!(created, Err(Error::Refused(Refusal::PermissionDenied))));
}
