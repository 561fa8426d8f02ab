//! What the use cases promise on top of a store, of users who live through stories that nobody thought of.

use std::cell::Cell;

use proptest::{
    collection::vec,
    option,
    prelude::{Just, Strategy, any, prop_oneof},
    test_runner::{Config, TestCaseError, TestRunner},
};
use ringtrue_core::{
    EmailAddress, Error, UserId,
    code::Code,
    phone_number::PhoneNumber,
    port::{AlignOutcome, Clock, Storage},
    user::{
        Command, Delivery, EmailVerification, Event, PhoneChange, PhoneUniqueness, ProfileChanges, User,
        UserChanges, Verification, evolve,
    },
};
use time::Duration;
use tokio::{runtime::Handle, task::block_in_place};

use super::load;
use crate::{
    builders::user_id,
    use_cases::{CODE, UseCases, new_user, operator},
};

pub(super) const NUMBERS: [&str; 3] = ["+41791234567", "+41791234568", "+4915112345678"];
const ADDRESSES: [&str; 2] = ["ada@example.com", "ada@example.org"];

#[derive(Debug, Clone)]
enum Step {
    Create {
        phone: Option<(usize, Verification)>,
        email: EmailVerification,
    },
    Command(StepCommand),
    Wait {
        seconds: i64,
    },
}

#[derive(Debug, Clone)]
enum StepCommand {
    Delete,
    Deactivate,
    Reactivate,
    Lock,
    Unlock,
    Update {
        username: Option<usize>,
        nick_name: Option<String>,
        phone: StepPhone,
        email: Option<(usize, EmailVerification)>,
    },
    SetPhone {
        number: usize,
        verification: Verification,
    },
    Resend(Delivery),
    Verify {
        right: bool,
    },
    RemovePhone,
    SetEmail {
        address: usize,
        verification: EmailVerification,
    },
    ResendEmail,
    VerifyEmail {
        right: bool,
    },
}

/// What an update does to the phone.
#[derive(Debug, Clone, Copy)]
enum StepPhone {
    Keep,
    Remove,
    Set {
        number: usize,
        verification: Verification,
    },
}

impl StepPhone {
    fn change(self) -> Option<PhoneChange> {
        match self {
            Self::Keep => None,
            Self::Remove => Some(PhoneChange::Remove),
            Self::Set {
                number: nth,
                verification,
            } => Some(PhoneChange::Set {
                number: Ok(number(nth)),
                verification,
            }),
        }
    }
}

fn verification() -> impl Strategy<Value = Verification> {
    prop_oneof![
        4 => Just(Verification::ByCode(Delivery::Send)),
        2 => Just(Verification::ByCode(Delivery::Return)),
        1 => Just(Verification::Vouched),
    ]
}

fn email_verification() -> impl Strategy<Value = EmailVerification> {
    prop_oneof![
        Just(EmailVerification::Unverified),
        Just(EmailVerification::ReturnCode),
        Just(EmailVerification::Vouched),
    ]
}

fn update() -> impl Strategy<Value = StepCommand> {
    let phone = prop_oneof![
        2 => Just(StepPhone::Keep),
        1 => Just(StepPhone::Remove),
        3 => (0..NUMBERS.len(), verification())
            .prop_map(|(number, verification)| StepPhone::Set { number, verification }),
    ];
    let parts = (
        option::of(0..3_usize),
        option::of("[a-z]{0,3}"),
        phone,
        option::of((0..ADDRESSES.len(), email_verification())),
    );
    parts.prop_map(|(username, nick_name, phone, email)| StepCommand::Update {
        username,
        nick_name,
        phone,
        email,
    })
}

fn step() -> impl Strategy<Value = Step> {
    let command = prop_oneof![
        1 => Just(StepCommand::Delete),
        1 => Just(StepCommand::Deactivate),
        1 => Just(StepCommand::Reactivate),
        1 => Just(StepCommand::Lock),
        1 => Just(StepCommand::Unlock),
        4 => update(),
        4 => (0..NUMBERS.len(), verification())
            .prop_map(|(number, verification)| StepCommand::SetPhone { number, verification }),
        3 => prop_oneof![Just(Delivery::Send), Just(Delivery::Return)].prop_map(StepCommand::Resend),
        6 => any::<bool>().prop_map(|right| StepCommand::Verify { right }),
        1 => Just(StepCommand::RemovePhone),
        2 => (0..ADDRESSES.len(), email_verification())
            .prop_map(|(address, verification)| StepCommand::SetEmail { address, verification }),
        1 => Just(StepCommand::ResendEmail),
        3 => any::<bool>().prop_map(|right| StepCommand::VerifyEmail { right }),
    ];
    prop_oneof![
        3 => (option::of((0..NUMBERS.len(), verification())), email_verification())
            .prop_map(|(phone, email)| Step::Create { phone, email }),
        20 => command.prop_map(Step::Command),
        2 => (1_i64..900).prop_map(|seconds| Step::Wait { seconds }),
    ]
}

fn number(nth: usize) -> PhoneNumber {
    PhoneNumber::from_stored(NUMBERS[nth].to_owned())
}

fn typed(right: bool) -> Code {
    Code::new(if right { CODE } else { "wrong" })
}

impl StepCommand {
    /// `story` keeps the names of one story apart from those of others.
    fn command(&self, story: u32) -> Command {
        match self {
            Self::Delete => Command::Delete,
            Self::Deactivate => Command::Deactivate,
            Self::Reactivate => Command::Reactivate,
            Self::Lock => Command::Lock,
            Self::Unlock => Command::Unlock,
            Self::Update {
                username,
                nick_name,
                phone,
                email,
            } => Command::Update(Box::new(UserChanges {
                username: username.map(|nth| format!("name{nth}-{story}")),
                profile: nick_name.as_ref().map(|nick_name| ProfileChanges {
                    nick_name: Some(nick_name.clone()),
                    ..ProfileChanges::default()
                }),
                email: email.map(|(nth, verification)| (EmailAddress::parse(ADDRESSES[nth]), verification)),
                phone: phone.change(),
            })),
            Self::SetPhone {
                number: nth,
                verification,
            } => Command::SetPhone {
                number: Ok(number(*nth)),
                verification: *verification,
            },
            Self::Resend(delivery) => Command::ResendCode { delivery: *delivery },
            Self::Verify { right } => Command::VerifyPhone { code: typed(*right) },
            Self::RemovePhone => Command::RemovePhone,
            Self::SetEmail {
                address,
                verification,
            } => Command::SetEmail {
                address: EmailAddress::parse(ADDRESSES[*address]),
                verification: *verification,
            },
            Self::ResendEmail => Command::ResendEmailCode,
            Self::VerifyEmail { right } => Command::VerifyEmail { code: typed(*right) },
        }
    }
}

/// Carries a step out; a refusal is an answer like any other.
async fn take(cases: &UseCases, story: u32, id: &UserId, step: &Step) {
    let outcome = match step {
        Step::Create { phone, email } => {
            let mut request = new_user(id.as_str());
            request.email_verification = *email;
            request.phone = phone.map(|(number, verification)| (NUMBERS[number].to_owned(), verification));
            cases.users.create(&operator(), request).await
        }
        Step::Command(command) => {
            cases
                .users
                .execute(&operator(), id, &command.command(story))
                .await
        }
        Step::Wait { seconds } => return cases.clock.advance(Duration::seconds(*seconds)),
    };
    match outcome {
        Ok(_) | Err(Error::Refused(_)) => {}
        Err(error) => panic!("{step:?} of {id}: {error:?}"),
    }
}

/// The state is the fold of the kept events; the sequence counts all that ever happened, without a gap.
pub(super) async fn check(storage: &Storage, id: &UserId) {
    let now = load(storage, id).await;
    let history = storage.users.history(id).await.unwrap();
    let folded = history
        .iter()
        .fold(User::Absent, |user, recorded| evolve(user, &recorded.event));
    assert_eq!(now.value, folded);
    let first = now.sequence + 1 - history.len() as u64;
    assert!(
        history
            .iter()
            .map(|recorded| recorded.sequence)
            .eq(first..=now.sequence)
    );
    let starts_anew = match history.first() {
        None => now.sequence == 0,
        Some(recorded) if first == 1 => matches!(recorded.event, Event::UserAdded { .. }),
        Some(recorded) => recorded.event == Event::UserRemoved,
    };
    assert!(
        starts_anew,
        "history begins with a creation, or with the deletion that erased what was before"
    );
    if let Some(last) = history.last() {
        assert_eq!(last.at, now.changed_at);
    }
}

/// Whatever can be sent carries a code that is alive.
pub(super) async fn check_messages(storage: &Storage, cases: &UseCases) {
    let now = cases.clock.now();
    for claimed in storage.outbox.claim(1_000, Duration::SECOND, now).await.unwrap() {
        let user = load(storage, &claimed.message.user).await.value;
        assert_eq!(user.live_code(), Some(claimed.message.code));
        let sms = claimed.message.open(&cases.keys, now).unwrap();
        assert_eq!(
            (sms.code.reveal(), Some(&sms.to)),
            (CODE, user.phone().map(|phone| &phone.number))
        );
    }
}

/// Lets users live through stories that nobody thought of, under a rule, and holds `promise` to the users of each.
async fn live<F>(rule: PhoneUniqueness, storage: &Storage, stories: u32, promise: F)
where
    F: AsyncFn(&UseCases, &[UserId]),
{
    let cases = UseCases::with_unique_phones(storage, rule).await;
    let mut runner = TestRunner::new(Config {
        cases: stories,
        failure_persistence: None,
        ..Config::default()
    });
    let case = Cell::new(0);
    let story = vec((0..3_usize, step()), 1..40);
    let outcome = runner.run(&story, |story| {
        case.set(case.get() + 1);
        let ids = ["a", "b", "c"].map(|name| user_id(&format!("{name}{}", case.get())));
        block_in_place(|| {
            Handle::current().block_on(async {
                for (who, step) in &story {
                    take(&cases, case.get(), &ids[*who], step).await;
                }
                promise(&cases, &ids).await;
                // The next story's numbers and messages are its own.
                for id in &ids {
                    take(&cases, case.get(), id, &Step::Command(StepCommand::Delete)).await;
                }
            });
        });
        Ok::<(), TestCaseError>(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}

pub async fn the_stored_state_equals_the_fold_of_the_stored_events(storage: &Storage) {
    live(PhoneUniqueness::Off, storage, 40, async |cases, ids| {
        for id in ids {
            check(storage, id).await;
        }
        check_messages(storage, cases).await;
    })
    .await;
}

pub async fn the_claims_on_numbers_are_always_what_the_rule_asks_for(storage: &Storage) {
    for rule in [PhoneUniqueness::Organization, PhoneUniqueness::Instance] {
        live(rule, storage, 12, async |_, _| {
            let nothing_to_do = AlignOutcome::Aligned {
                taken: 0,
                released: 0,
            };
            assert_eq!(storage.phone_claims.align(rule).await.unwrap(), nothing_to_do);
        })
        .await;
    }
}
