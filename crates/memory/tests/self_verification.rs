//! R-Z1 (GHSA-jq8w-8q2f-ffm9, CVE-2026-27946): nobody verifies anything by themselves. Whatever a caller without
//! `user.write` on themselves does, by whatever method and in whatever order, and whatever an operator who vouches for
//! nothing does in between, a number becomes verified only through a code that was sent to it, and an e-mail address, to
//! which nothing is sent, never.

#![expect(
    clippy::unwrap_used,
    reason = "a test whose world cannot be set up has failed"
)]

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use proptest::{
    prelude::*,
    strategy::ValueTree as _,
    test_runner::{TestCaseError, TestRunner},
};
use ringtrue_core::{
    EmailAddress, NewUserRequest, OrgChoice, OrgId, Organization, Outcome, Settings, UserId, Users,
    access::{Actor, Grant, Role, Subject},
    code::{Code, CodePolicy, CodeShape},
    keys::{Key, KeyRing},
    phone_number::PhoneRules,
    port::{Clock, CodeSource, OrganizationStore, Outbox, SmsGateway, UserStore},
    user::{
        Command, Delivery, EmailVerification, NewUser, PhoneChange, PhoneUniqueness, Profile, ProfileChanges,
        Standing, UserChanges, Verification,
    },
};
use ringtrue_memory::{Inbox, ManualClock, MemoryStorage, SequentialIdSource, SilentSignal};
use time::Duration;

const NUMBERS: [&str; 2] = ["+41791234567", "+41791234568"];
const ADDRESSES: [&str; 2] = ["me@example.com", "me@example.org"];

/// Draws every code once, so that none is right by luck.
#[derive(Default)]
struct CountingCodeSource(AtomicU32);

impl CodeSource for CountingCodeSource {
    fn draw(&self, _: CodeShape) -> Code {
        Code::new(&format!("{:06}", self.0.fetch_add(1, Ordering::Relaxed)))
    }
}

/// What is typed as a code.
#[derive(Debug, Clone, Copy)]
enum Typed {
    /// A code that a phone got, by how many came after it, if there is one.
    Sent(usize),
    /// A code that was never drawn.
    Guess,
}

/// What may be asked of the user; a `usize` picks a number or an address.
#[derive(Debug, Clone)]
enum Asked {
    Create(Verification, EmailVerification),
    Delete,
    Deactivate,
    Reactivate,
    Lock,
    Unlock,
    Update {
        phone: Option<(usize, Verification)>,
        remove: bool,
        email: Option<(usize, EmailVerification)>,
        names: bool,
    },
    SetPhone(usize, Verification),
    ResendCode(Delivery),
    VerifyPhone(Typed),
    RemovePhone,
    SetEmail(usize, EmailVerification),
    ResendEmailCode,
    VerifyEmail(Typed),
}

#[derive(Debug, Clone)]
enum Step {
    /// By the user.
    Mine(Asked),
    /// By an operator who may do everything.
    Operators(Asked),
    Wait(i64),
    Deliver,
}

fn delivery() -> impl Strategy<Value = Delivery> + Clone {
    prop_oneof![Just(Delivery::Send), Just(Delivery::Return)]
}

/// What proves a number, `vouched` or not.
fn verification(vouched: bool) -> impl Strategy<Value = Verification> + Clone {
    let by_code = delivery().prop_map(Verification::ByCode);
    if vouched {
        prop_oneof![2 => by_code, 1 => Just(Verification::Vouched)].boxed()
    } else {
        by_code.boxed()
    }
}

fn email_verification(vouched: bool) -> impl Strategy<Value = EmailVerification> + Clone {
    let gentle = prop_oneof![
        Just(EmailVerification::Unverified),
        Just(EmailVerification::ReturnCode)
    ];
    if vouched {
        prop_oneof![2 => gentle, 1 => Just(EmailVerification::Vouched)].boxed()
    } else {
        gentle.boxed()
    }
}

fn typed() -> impl Strategy<Value = Typed> {
    prop_oneof![3 => (0..3_usize).prop_map(Typed::Sent), 1 => Just(Typed::Guess)]
}

/// Everything that can be asked; with `vouched`, vouching too.
fn asked(vouched: bool) -> impl Strategy<Value = Asked> {
    let phone = (0..NUMBERS.len(), verification(vouched));
    let email = (0..ADDRESSES.len(), email_verification(vouched));
    let update = (
        proptest::option::of(phone.clone()),
        proptest::bool::weighted(0.1),
        proptest::option::of(email.clone()),
        any::<bool>(),
    );
    prop_oneof![
        1 => (verification(vouched), email_verification(vouched)).prop_map(|(phone, email)| Asked::Create(phone, email)),
        1 => Just(Asked::Delete),
        1 => Just(Asked::Deactivate),
        1 => Just(Asked::Reactivate),
        1 => Just(Asked::Lock),
        1 => Just(Asked::Unlock),
        3 => update.prop_map(|(phone, remove, email, names)| Asked::Update { phone, remove, email, names }),
        3 => phone.prop_map(|(number, how)| Asked::SetPhone(number, how)),
        2 => delivery().prop_map(Asked::ResendCode),
        4 => typed().prop_map(Asked::VerifyPhone),
        1 => Just(Asked::RemovePhone),
        2 => email.prop_map(|(address, how)| Asked::SetEmail(address, how)),
        1 => Just(Asked::ResendEmailCode),
        2 => typed().prop_map(Asked::VerifyEmail),
    ]
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        12 => asked(true).prop_map(Step::Mine),
        4 => asked(false).prop_map(Step::Operators),
        1 => (1_i64..900).prop_map(Step::Wait),
        5 => Just(Step::Deliver),
    ];
    proptest::collection::vec(step, 1..60)
}

/// Callers without `user.write` on themselves: no role at all, one that reads, and one that writes elsewhere.
fn grants() -> impl Strategy<Value = Vec<Grant>> {
    let elsewhere = OrgId::parse("elsewhere").unwrap();
    prop_oneof![
        Just(Vec::new()),
        Just(vec![Grant::new(Role::IamOwnerViewer, None).unwrap()]),
        Just(vec![Grant::new(Role::OrgOwner, Some(elsewhere)).unwrap()]),
    ]
}

struct World {
    users: Users,
    storage: MemoryStorage,
    clock: ManualClock,
    keys: Arc<KeyRing>,
    inbox: Inbox,
    me: UserId,
    operator: Actor,
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
        let operator = Actor {
            subject: Subject::Service("operator".to_owned()),
            grants: vec![Grant::new(Role::IamOwner, None).unwrap()],
        };
        let world = Self {
            users,
            storage,
            clock,
            keys,
            inbox,
            me: UserId::parse("me").unwrap(),
            operator,
        };
        world
            .create(&world.operator, None, EmailVerification::Unverified)
            .await
            .unwrap();
        world
    }

    async fn create(
        &self,
        actor: &Actor,
        phone: Option<Verification>,
        email_verification: EmailVerification,
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
            organization: OrgChoice::Named(OrgId::parse("home").unwrap()),
            username: None,
            profile,
            email: ADDRESSES[0].to_owned(),
            email_verification,
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
            let user = self
                .storage
                .load(std::slice::from_ref(&self.me))
                .await
                .unwrap()
                .remove(0);
            let standing = user.value.account().map(|account| account.standing);
            assert_eq!(standing, Some(Standing::Active), "sent to one who is shut out");
            let sms = claimed.message.open(&self.keys, self.clock.now()).unwrap();
            self.inbox.send(&sms).await.unwrap();
        }
    }

    fn code(&self, typed: Typed) -> Code {
        let sent = match typed {
            Typed::Sent(back) => self
                .inbox
                .messages()
                .iter()
                .rev()
                .nth(back)
                .map(|sent| sent.code.clone()),
            Typed::Guess => None,
        };
        sent.unwrap_or_else(|| Code::new("999999"))
    }

    fn command(&self, asked: &Asked) -> Command {
        let number = |nth: usize| PhoneRules::default().parse(NUMBERS[nth]);
        let address = |nth: usize| EmailAddress::parse(ADDRESSES[nth]);
        match *asked {
            // The way round `Users::create`.
            Asked::Create(phone, email) => Command::Create(Box::new(NewUser {
                organization: OrgId::parse("home").unwrap(),
                username: ADDRESSES[0].to_owned(),
                profile: Profile {
                    given_name: "Me".to_owned(),
                    family_name: "Myself".to_owned(),
                    nick_name: None,
                    display_name: "Me".to_owned(),
                    preferred_language: None,
                    gender: None,
                },
                email: address(0).unwrap(),
                email_verification: email,
                phone: Some((number(0).unwrap(), phone)),
            })),
            Asked::Delete => Command::Delete,
            Asked::Deactivate => Command::Deactivate,
            Asked::Reactivate => Command::Reactivate,
            Asked::Lock => Command::Lock,
            Asked::Unlock => Command::Unlock,
            Asked::Update {
                phone,
                remove,
                email,
                names,
            } => {
                let set = phone.map(|(nth, verification)| PhoneChange::Set {
                    number: number(nth),
                    verification,
                });
                Command::Update(Box::new(UserChanges {
                    username: names.then(|| "me, too".to_owned()),
                    profile: names.then(|| ProfileChanges {
                        nick_name: Some("I".to_owned()),
                        ..ProfileChanges::default()
                    }),
                    email: email.map(|(nth, verification)| (address(nth), verification)),
                    phone: if remove { Some(PhoneChange::Remove) } else { set },
                }))
            }
            Asked::SetPhone(nth, verification) => Command::SetPhone {
                number: number(nth),
                verification,
            },
            Asked::ResendCode(delivery) => Command::ResendCode { delivery },
            Asked::VerifyPhone(typed) => Command::VerifyPhone {
                code: self.code(typed),
            },
            Asked::RemovePhone => Command::RemovePhone,
            Asked::SetEmail(nth, verification) => Command::SetEmail {
                address: address(nth),
                verification,
            },
            Asked::ResendEmailCode => Command::ResendEmailCode,
            Asked::VerifyEmail(typed) => Command::VerifyEmail {
                code: self.code(typed),
            },
        }
    }

    /// What the user learns from a step of their own.
    async fn take(&self, myself: &Actor, step: &Step) -> Option<Result<Outcome, ringtrue_core::Error>> {
        match step {
            Step::Wait(seconds) => self.clock.advance(Duration::seconds(*seconds)),
            Step::Deliver => self.deliver().await,
            Step::Operators(asked) => {
                // What the operator is told, codes included, stays with the operator.
                let _ = self
                    .users
                    .execute(&self.operator, &self.me, &self.command(asked))
                    .await;
            }
            Step::Mine(asked) => {
                if let Asked::Create(phone, email) = asked
                    && let Ok(outcome) = self.create(myself, Some(*phone), *email).await
                {
                    return Some(Ok(outcome));
                }
                return Some(self.users.execute(myself, &self.me, &self.command(asked)).await);
            }
        }
        None
    }

    /// Whether the number that is verified now was ever texted, and whether the e-mail address is verified.
    async fn verified(&self) -> (Option<bool>, bool) {
        let user = self
            .storage
            .load(std::slice::from_ref(&self.me))
            .await
            .unwrap()
            .remove(0);
        let Some(account) = user.value.account() else {
            return (None, false);
        };
        let number = account.phone.as_ref().filter(|phone| phone.verified);
        let texted = number.map(|phone| {
            let messages = self.inbox.messages();
            messages.iter().any(|message| message.to == phone.number)
        });
        (texted, account.email.verified)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_verified_but_a_number_through_a_code_that_was_sent_to_it(steps in steps(), grants in grants()) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let world = World::new().await;
            let myself = Actor { subject: Subject::User(world.me.clone()), grants };
            for step in &steps {
                if let Some(Ok(outcome)) = world.take(&myself, step).await {
                    let codes_read = outcome.phone_code.is_some() || outcome.email_code.is_some();
                    prop_assert!(!codes_read, "{step:?} gave a code away");
                }
                let (number_was_texted, email) = world.verified().await;
                prop_assert_ne!(number_was_texted, Some(false), "after {:?}", step);
                prop_assert!(!email, "an e-mail address is verified after {step:?}");
            }
            Ok::<(), TestCaseError>(())
        })?;
    }
}

/// Without this the property could hold because nothing is ever verified.
#[tokio::test]
async fn a_sent_code_does_verify_the_number() {
    for ask in [
        Asked::SetPhone(0, Verification::ByCode(Delivery::Send)),
        Asked::Update {
            phone: Some((0, Verification::ByCode(Delivery::Send))),
            remove: false,
            email: None,
            names: false,
        },
    ] {
        let world = World::new().await;
        let myself = Actor {
            subject: Subject::User(world.me.clone()),
            grants: Vec::new(),
        };
        for step in [
            Step::Mine(ask),
            Step::Deliver,
            Step::Mine(Asked::VerifyPhone(Typed::Sent(0))),
        ] {
            let refused = matches!(world.take(&myself, &step).await, Some(Err(_)));
            assert!(!refused, "{step:?}");
        }
        assert_eq!(world.verified().await, (Some(true), false));
    }
}

/// The compiler holds this to the commands there are; one that is added belongs into [`Asked`], too.
const fn name(command: &Command) -> &'static str {
    match command {
        Command::Create(_) => "create",
        Command::Delete => "delete",
        Command::Deactivate => "deactivate",
        Command::Reactivate => "reactivate",
        Command::Lock => "lock",
        Command::Unlock => "unlock",
        Command::Update(_) => "update",
        Command::SetPhone { .. } => "set phone",
        Command::ResendCode { .. } => "resend code",
        Command::VerifyPhone { .. } => "verify phone",
        Command::RemovePhone => "remove phone",
        Command::SetEmail { .. } => "set email",
        Command::ResendEmailCode => "resend email code",
        Command::VerifyEmail { .. } => "verify email",
    }
}

#[tokio::test]
async fn the_property_tries_every_command() {
    let (world, mut runner) = (World::new().await, TestRunner::deterministic());
    let asked = asked(true);
    let tried: BTreeSet<&str> = (0..1_000)
        .map(|_| name(&world.command(&asked.new_tree(&mut runner).unwrap().current())))
        .collect();
    assert_eq!(tried.len(), 14, "{tried:?}");
}
