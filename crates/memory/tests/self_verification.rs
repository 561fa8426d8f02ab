//! R-Z1 (GHSA-jq8w-8q2f-ffm9, CVE-2026-27946): nobody verifies a number by themselves. Whatever a caller without
//! `user.write` does, in whatever order, a number becomes verified only through a code that was sent to it.

#![expect(
    clippy::unwrap_used,
    reason = "a test whose world cannot be set up has failed"
)]

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use proptest::{prelude::*, test_runner::TestCaseError};
use ringtrue_core::{
    NewUserRequest, OrgChoice, OrgId, Organization, Outcome, Settings, UserId, Users,
    access::{Actor, Grant, Role, Subject},
    code::{Code, CodePolicy, CodeShape},
    keys::{Key, KeyRing},
    phone_number::PhoneRules,
    port::{Clock, CodeSource, OrganizationStore, Outbox, SmsGateway},
    user::{Command, Delivery, EmailVerification, PhoneUniqueness, Profile, Verification},
};
use ringtrue_memory::{Inbox, ManualClock, MemoryStorage, SequentialIdSource, SilentSignal};
use time::Duration;

const NUMBERS: [&str; 2] = ["+41791234567", "+41791234568"];

/// Draws every code once, so that none is right by luck.
#[derive(Default)]
struct CountingCodeSource(AtomicU32);

impl CodeSource for CountingCodeSource {
    fn draw(&self, _: CodeShape) -> Code {
        Code::new(&format!("{:06}", self.0.fetch_add(1, Ordering::Relaxed)))
    }
}

/// What a caller may try; `usize` picks a number, or a message by how many came after it.
#[derive(Debug, Clone)]
enum Step {
    Set(usize, Verification),
    Resend(Delivery),
    /// Types a code that a phone got, if one did.
    VerifySent(usize),
    /// Types a code that was never drawn.
    Guess,
    Remove,
    Create(Verification),
    Delete,
    Wait(i64),
    Deliver,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let delivery = prop_oneof![Just(Delivery::Send), Just(Delivery::Return)];
    let verification = prop_oneof![
        delivery.clone().prop_map(Verification::ByCode),
        Just(Verification::Vouched)
    ];
    let step = prop_oneof![
        4 => (0..NUMBERS.len(), verification.clone()).prop_map(|(number, how)| Step::Set(number, how)),
        3 => delivery.prop_map(Step::Resend),
        3 => (0..3_usize).prop_map(Step::VerifySent),
        1 => Just(Step::Guess),
        1 => Just(Step::Remove),
        1 => verification.prop_map(Step::Create),
        1 => Just(Step::Delete),
        2 => (1_i64..900).prop_map(Step::Wait),
        5 => Just(Step::Deliver),
    ];
    proptest::collection::vec(step, 1..40)
}

struct World {
    users: Users,
    storage: MemoryStorage,
    clock: ManualClock,
    keys: Arc<KeyRing>,
    inbox: Inbox,
    me: UserId,
}

impl World {
    async fn new() -> Self {
        let (storage, clock) = (MemoryStorage::new(), ManualClock::default());
        let keys = Arc::new(KeyRing::new(vec![Key::new("k", [1; 32])]).unwrap());
        let home = OrgId::parse("home").unwrap();
        let organization = Organization {
            id: home.clone(),
            name: "Home".to_owned(),
            created_at: clock.now(),
        };
        storage.insert(&organization).await.map(|_| ()).unwrap();
        let (phone, code) = (PhoneRules::default(), CodePolicy::default());
        let settings = Settings {
            phone,
            code,
            verified_phones: PhoneUniqueness::Off,
            default_organization: home,
        };
        let users = Users::new(
            storage.storage(),
            Arc::new(clock.clone()),
            Arc::new(CountingCodeSource::default()),
            Arc::new(SequentialIdSource::default()),
            Arc::new(SilentSignal),
            keys.clone(),
            settings,
        );
        let inbox = Inbox::new(Arc::new(clock.clone()));
        let world = Self {
            users,
            storage,
            clock,
            keys,
            inbox,
            me: UserId::parse("me").unwrap(),
        };
        let owner = Actor {
            subject: Subject::Service("owner".to_owned()),
            grants: vec![Grant::new(Role::IamOwner, None).unwrap()],
        };
        world.create(&owner, None).await.unwrap();
        world
    }

    async fn create(
        &self,
        actor: &Actor,
        phone: Option<Verification>,
    ) -> Result<Outcome, ringtrue_core::Error> {
        let profile = Profile {
            given_name: "Me".to_owned(),
            family_name: "Myself".to_owned(),
            nick_name: None,
            display_name: String::new(),
            preferred_language: None,
            gender: None,
        };
        let request = NewUserRequest {
            id: Some(self.me.clone()),
            organization: OrgChoice::Callers,
            username: None,
            profile,
            email: "me@example.com".to_owned(),
            email_verification: EmailVerification::Unverified,
            phone: phone.map(|how| (NUMBERS[0].to_owned(), how)),
        };
        self.users.create(actor, request).await
    }

    /// Hands every waiting message to the inbox, as the delivery worker would.
    async fn deliver(&self) {
        for claimed in self
            .storage
            .claim(100, Duration::seconds(1), self.clock.now())
            .await
            .unwrap()
        {
            let sms = claimed.message.open(&self.keys, self.clock.now()).unwrap();
            self.inbox.send(&sms).await.unwrap();
        }
    }

    async fn take(&self, actor: &Actor, step: &Step) -> Option<Result<Outcome, ringtrue_core::Error>> {
        let command = match step {
            Step::Wait(seconds) => {
                self.clock.advance(Duration::seconds(*seconds));
                return None;
            }
            Step::Deliver => {
                self.deliver().await;
                return None;
            }
            Step::Create(how) => return Some(self.create(actor, Some(*how)).await),
            Step::Set(number, verification) => {
                let number = PhoneRules::default().parse(NUMBERS[*number]);
                Command::SetPhone {
                    number,
                    verification: *verification,
                }
            }
            Step::Resend(delivery) => Command::ResendCode { delivery: *delivery },
            Step::VerifySent(back) => Command::VerifyPhone {
                code: self.inbox.messages().iter().rev().nth(*back)?.code.clone(),
            },
            Step::Guess => Command::VerifyPhone {
                code: Code::new("999999"),
            },
            Step::Remove => Command::RemovePhone,
            Step::Delete => Command::Delete,
        };
        Some(self.users.execute(actor, &self.me, &command).await)
    }

    /// Whether a code was ever sent to the number that the user has now.
    async fn number_was_texted(&self, actor: &Actor) -> Option<bool> {
        let user = self.users.get(actor, &self.me).await.ok()?;
        let phone = user.value.phone().filter(|phone| phone.verified)?;
        Some(
            self.inbox
                .messages()
                .iter()
                .any(|message| message.to == phone.number),
        )
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_number_is_verified_only_through_a_code_that_was_sent_to_it(steps in steps()) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let world = World::new().await;
            let myself = Actor { subject: Subject::User(world.me.clone()), grants: Vec::new() };
            for step in &steps {
                let codes_read = match world.take(&myself, step).await {
                    Some(Ok(outcome)) => outcome.phone_code.is_some() || outcome.email_code.is_some(),
                    _ => false,
                };
                prop_assert!(!codes_read, "{step:?} gave a code away");
                prop_assert_ne!(world.number_was_texted(&myself).await, Some(false), "after {:?}", step);
            }
            Ok::<(), TestCaseError>(())
        })?;
    }
}

/// Without this the property could hold because nothing is ever verified.
#[tokio::test]
async fn a_sent_code_does_verify_the_number() {
    let world = World::new().await;
    let myself = Actor {
        subject: Subject::User(world.me.clone()),
        grants: Vec::new(),
    };
    for step in [
        Step::Set(0, Verification::ByCode(Delivery::Send)),
        Step::Deliver,
        Step::VerifySent(0),
    ] {
        let refused = matches!(world.take(&myself, &step).await, Some(Err(_)));
        assert!(!refused, "{step:?}");
    }
    assert_eq!(world.number_was_texted(&myself).await, Some(true));
}
