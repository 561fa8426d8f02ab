//! What the use cases promise of calls under an `Idempotency-Key`: each takes effect once, whatever happens.

use std::sync::Arc;

use ringtrue_core::{
    Channel, Error, OrgId, Outcome, Users,
    access::{Actor, Grant, Role},
    code::{Code, Lock},
    idempotency::{Begun, Call, Idempotency, IdempotencyKey, IdempotencyRules},
    phone_number::PhoneNumber,
    port::{Clock as _, IdempotencyStore, Storage, StoreError},
    user::{Command, Delivery, Missing, Refusal, Verification},
};
use time::Duration;
use tokio::task::JoinSet;

use super::load;
use crate::{
    builders::user_id,
    faulty::{Fault, Faulty},
    use_cases::{CODE, FAILURES_MAX, UseCases, new_user, operator},
};

const RULES: IdempotencyRules = IdempotencyRules {
    required: false,
    lifetime: Duration::hours(24),
    lease: Duration::seconds(30),
};

struct Keyed {
    cases: UseCases,
    calls: Idempotency,
}

impl Keyed {
    /// A user without a phone, and calls under a key.
    async fn over(storage: &Storage, rules: IdempotencyRules) -> Self {
        let cases = UseCases::over(storage).await;
        cases.users.create(&operator(), new_user("ada")).await.unwrap();
        let calls = Idempotency::new(
            storage.idempotency.clone(),
            Arc::new(cases.clock.clone()),
            cases.ids.clone(),
            Arc::clone(&cases.keys),
            rules,
        );
        Self { cases, calls }
    }

    async fn begin(&self, payload: &str) -> Begun {
        begin(&self.calls, "k", payload).await.unwrap()
    }

    /// Carries a command on this user out, under the key of all calls here.
    async fn under(&self, payload: &str, user: &str, command: &Command) -> Result<Outcome, Error> {
        self.under_key("k", payload, user, command).await
    }

    async fn under_key(
        &self,
        key: &str,
        payload: &str,
        user: &str,
        command: &Command,
    ) -> Result<Outcome, Error> {
        let Begun::Call(call) = begin(&self.calls, key, payload).await.unwrap() else {
            panic!("the key {key} is in use");
        };
        let users = self.cases.users.under(call.clone());
        let outcome = users.execute(&operator(), &user_id(user), command).await;
        call.end().await;
        outcome
    }

    async fn call(&self, payload: &str) -> Arc<Call> {
        match self.begin(payload).await {
            Begun::Call(call) => call,
            Begun::InFlight => panic!("in flight"),
            Begun::OtherPayload => panic!("another payload"),
        }
    }
}

async fn begin(calls: &Idempotency, key: &str, payload: &str) -> Result<Begun, Error> {
    let key = IdempotencyKey::parse(&format!("\"{key}\"")).unwrap();
    calls
        .begin(&operator().subject, "test.SetPhone", &key, payload.as_bytes())
        .await
}

/// To have this number; the code comes with the reply.
fn set(number: &str) -> Command {
    Command::SetPhone {
        number: Ok(PhoneNumber::from_stored(number.to_owned())),
        verification: Verification::ByCode(Delivery::Return),
    }
}

fn verify(code: &str) -> Command {
    let code = Code::new(code);
    Command::VerifyPhone { code }
}

/// Sets ada's phone.
async fn set_phone(users: &Users) -> Result<Outcome, Error> {
    let command = set("+41791234567");
    users.execute(&operator(), &user_id("ada"), &command).await
}

fn refused(outcome: Result<Outcome, Error>) -> Refusal {
    match outcome {
        Err(Error::Refused(refusal)) => refusal,
        other => panic!("{other:?}"),
    }
}

/// What a reply says, code and all.
fn told(outcome: Result<Outcome, Error>) -> (u64, Option<String>) {
    let outcome = outcome.unwrap();
    let code = outcome.phone_code.map(|code| code.reveal().to_owned());
    (outcome.details.sequence, code)
}

pub async fn r_i2_a_call_made_again_is_answered_so_again_and_changes_nothing(storage: &Storage) {
    let keyed = Keyed::over(storage, RULES).await;
    let first = keyed.call("set").await;
    let answer = told(set_phone(&keyed.cases.users.under(first.clone())).await);
    first.end().await;
    assert_eq!(answer, (3, Some(CODE.to_owned())));
    // Somebody else's change in between makes no difference.
    keyed
        .cases
        .users
        .execute(&operator(), &user_id("ada"), &verify(CODE))
        .await
        .unwrap();
    keyed
        .cases
        .clock
        .advance(RULES.lifetime - Duration::microseconds(1));
    let again = keyed.call("set").await;
    assert_eq!(
        told(set_phone(&keyed.cases.users.under(again.clone())).await),
        answer
    );
    again.end().await;
    assert_eq!(load(storage, &user_id("ada")).await.sequence, 4);
    keyed.cases.clock.advance(Duration::microseconds(1));
    let forgotten = keyed.call("set").await;
    let refused = set_phone(&keyed.cases.users.under(forgotten)).await;
    assert!(
        matches!(refused, Err(Error::Refused(Refusal::Unchanged(_)))),
        "{refused:?}"
    );
}

pub async fn r_i2_a_final_refusal_is_repeated(storage: &Storage) {
    let keyed = Keyed::over(storage, RULES).await;
    let refusal = refused(keyed.under("remove", "ada", &Command::RemovePhone).await);
    assert_eq!(refusal, Refusal::PhoneMissing);
    set_phone(&keyed.cases.users).await.unwrap();
    let again = refused(keyed.under("remove", "ada", &Command::RemovePhone).await);
    assert_eq!(again, refusal);
    assert_eq!(load(storage, &user_id("ada")).await.sequence, 3);
}

pub async fn a_refusal_that_passes_with_time_is_not_kept(storage: &Storage) {
    let keyed = Keyed::over(storage, RULES).await;
    let (id, right, wrong) = (user_id("ada"), verify(CODE), verify("wrong"));
    let users = &keyed.cases.users;
    set_phone(users).await.unwrap();
    for _ in 0..FAILURES_MAX {
        refused(users.execute(&operator(), &id, &wrong).await);
    }
    let locked = refused(keyed.under("verify", "ada", &right).await);
    let Refusal::TooManyFailures(Lock::Until(end)) = locked else {
        panic!("{locked:?}");
    };
    keyed.cases.clock.advance(end - keyed.cases.clock.now());
    let delivery = Delivery::Return;
    let resend = Command::ResendCode { delivery };
    users.execute(&operator(), &id, &resend).await.unwrap();
    keyed.under("verify", "ada", &right).await.unwrap();
}

/// Neither that it was denied, nor that the user was not there for this caller: the user may come to be, or the caller to be
/// allowed.
pub async fn a_refusal_that_is_about_the_caller_is_not_kept(storage: &Storage) {
    let keyed = Keyed::over(storage, RULES).await;
    let (id, subject) = (user_id("ada"), operator().subject);
    let nobody = Vec::new();
    let elsewhere = OrgId::from_stored("elsewhere".to_owned());
    let stranger = vec![Grant::new(Role::OrgOwner, Some(elsewhere)).unwrap()];
    let refusals = [
        (nobody, Refusal::PermissionDenied),
        (stranger, Refusal::UserMissing(Missing::ToPhone)),
    ];
    for (grants, expected) in refusals {
        let call = keyed.call("set").await;
        let actor = Actor {
            subject: subject.clone(),
            grants,
        };
        let users = keyed.cases.users.under(call.clone());
        assert_eq!(
            refused(users.execute(&actor, &id, &set("+41791234567")).await),
            expected
        );
        call.end().await;
    }
    keyed.under("set", "ada", &set("+41791234567")).await.unwrap();
    let gone = refused(
        keyed
            .under_key("k2", "set eve", "eve", &set("+41791234567"))
            .await,
    );
    assert_eq!(gone, Refusal::UserMissing(Missing::ToPhone));
    keyed
        .cases
        .users
        .create(&operator(), new_user("eve"))
        .await
        .unwrap();
    keyed
        .under_key("k2", "set eve", "eve", &set("+41791234567"))
        .await
        .unwrap();
}

pub async fn r_i2_a_refusal_that_is_recorded_is_recorded_once(storage: &Storage) {
    let keyed = Keyed::over(storage, RULES).await;
    set_phone(&keyed.cases.users).await.unwrap();
    for _ in 0..10 {
        let call = keyed.call("verify").await;
        let users = keyed.cases.users.under(call);
        let told = users
            .execute(&operator(), &user_id("ada"), &verify("wrong"))
            .await;
        assert_eq!(refused(told), Refusal::CodeInvalid(Channel::Phone));
    }
    let ada = load(storage, &user_id("ada")).await.value;
    assert_eq!(ada.account().unwrap().failures(), 1);
}

pub async fn r_i3_r_i4_a_key_in_use_is_in_flight_and_a_used_one_is_for_its_payload_alone(storage: &Storage) {
    let keyed = Keyed::over(storage, RULES).await;
    let first = keyed.call("set").await;
    assert!(matches!(keyed.begin("set").await, Begun::InFlight));
    assert!(matches!(keyed.begin("other").await, Begun::OtherPayload));
    set_phone(&keyed.cases.users.under(first)).await.unwrap();
    assert!(matches!(keyed.begin("other").await, Begun::OtherPayload));
    assert!(matches!(keyed.begin("set").await, Begun::Call(_)));
}

pub async fn a_call_that_came_to_nothing_may_be_made_again_at_once(storage: &Storage) {
    let keyed = Keyed::over(storage, RULES).await;
    keyed.call("set").await.end().await;
    let again = keyed.call("other payload").await;
    set_phone(&keyed.cases.users.under(again)).await.unwrap();
}

/// The process is gone after the commit and before anything else: nothing of it runs any more.
pub async fn a_crash_after_the_commit_loses_neither_the_answer_nor_its_code(storage: &Storage) {
    let keyed = Keyed::over(storage, RULES).await;
    let first = keyed.call("set").await;
    let answer = told(set_phone(&keyed.cases.users.under(first)).await);
    let again = keyed.call("set").await;
    assert_eq!(told(set_phone(&keyed.cases.users.under(again)).await), answer);
    assert_eq!(load(storage, &user_id("ada")).await.sequence, 3);
}

/// The process is gone before the commit: the claim runs out, and then the call is carried out.
pub async fn a_crash_before_the_commit_delays_the_call_by_no_more_than_the_lease(storage: &Storage) {
    let keyed = Keyed::over(storage, RULES).await;
    drop(keyed.call("set").await);
    keyed.cases.clock.advance(RULES.lease - Duration::microseconds(1));
    assert!(matches!(keyed.begin("set").await, Begun::InFlight));
    keyed.cases.clock.advance(Duration::microseconds(1));
    let again = keyed.call("set").await;
    assert_eq!(told(set_phone(&keyed.cases.users.under(again)).await).0, 3);
}

/// One stalled beyond its lease, another took over and was done; then the first goes on.
pub async fn one_that_stalled_beyond_its_lease_gives_the_answer_of_who_took_over(storage: &Storage) {
    let keyed = Keyed::over(storage, RULES).await;
    let stalled = keyed.call("set").await;
    keyed.cases.clock.advance(RULES.lease);
    let second = keyed.call("set").await;
    let answer = told(set_phone(&keyed.cases.users.under(second)).await);
    assert_eq!(
        told(set_phone(&keyed.cases.users.under(stalled.clone())).await),
        answer
    );
    stalled.end().await;
    // And when the state would allow it again.
    let remove = keyed
        .cases
        .users
        .execute(&operator(), &user_id("ada"), &Command::RemovePhone)
        .await;
    remove.unwrap();
    assert_eq!(told(set_phone(&keyed.cases.users.under(stalled)).await), answer);
    assert_eq!(load(storage, &user_id("ada")).await.sequence, 4);
}

/// The first would be refused by now, but for what the second was told.
pub async fn one_that_stalled_is_answered_as_who_took_over_though_it_is_refused_by_now(storage: &Storage) {
    let keyed = Keyed::over(storage, RULES).await;
    let (id, wrong) = (user_id("ada"), verify("wrong"));
    let users = &keyed.cases.users;
    set_phone(users).await.unwrap();
    for _ in 1..FAILURES_MAX {
        refused(users.execute(&operator(), &id, &wrong).await);
    }
    let stalled = keyed.call("verify").await;
    keyed.cases.clock.advance(RULES.lease);
    let told = refused(keyed.under("verify", "ada", &wrong).await);
    assert_eq!(told, Refusal::CodeInvalid(Channel::Phone));
    let by_now = refused(users.execute(&operator(), &id, &wrong).await);
    assert!(matches!(by_now, Refusal::TooManyFailures(_)), "{by_now:?}");
    let late = users.under(stalled).execute(&operator(), &id, &wrong).await;
    assert_eq!(refused(late), told);
}

pub async fn one_that_stalled_is_not_given_the_answer_to_another_payload(storage: &Storage) {
    let keyed = Keyed::over(storage, RULES).await;
    let stalled = keyed.call("set").await;
    keyed.cases.clock.advance(RULES.lease);
    keyed.under("other", "ada", &set("+41791234568")).await.unwrap();
    let late = set_phone(&keyed.cases.users.under(stalled.clone())).await;
    assert!(matches!(late, Err(Error::Contended)), "{late:?}");
    stalled.end().await;
    assert!(matches!(keyed.begin("set").await, Begun::OtherPayload));
    let ada = load(storage, &user_id("ada")).await.value;
    assert_eq!(ada.phone().unwrap().number.as_str(), "+41791234568");
}

/// Its commit finds an answer that is gone a moment later; then it gives the key back.
pub async fn one_that_finds_an_answer_which_has_expired_leaves_the_key_free(storage: &Storage) {
    let keyed = Keyed::over(storage, RULES).await;
    let stalled = keyed.call("set").await;
    keyed.cases.clock.advance(RULES.lease);
    keyed.under("set", "ada", &set("+41791234567")).await.unwrap();
    keyed
        .cases
        .users
        .execute(&operator(), &user_id("ada"), &Command::RemovePhone)
        .await
        .unwrap();
    keyed.cases.clock.advance(RULES.lifetime);
    let late = set_phone(&keyed.cases.users.under(stalled.clone())).await;
    assert!(matches!(late, Err(Error::Contended)), "{late:?}");
    stalled.end().await;
    keyed.under("another", "ada", &set("+41791234567")).await.unwrap();
}

/// Sets ada's phone under a key through a store that loses the answer, and makes the call again.
async fn set_phone_when_the_answer_is_lost(storage: &Storage, fault: Fault) -> bool {
    let faulty = Arc::new(Faulty::new(Arc::clone(&storage.users)));
    let unreliable = Storage {
        users: faulty.clone(),
        ..storage.clone()
    };
    let keyed = Keyed::over(&unreliable, RULES).await;
    let first = keyed.call("set").await;
    faulty.fail_next(fault);
    let outcome = set_phone(&keyed.cases.users.under(first.clone())).await;
    first.end().await;
    let again = keyed.call("set").await;
    let answer = told(set_phone(&keyed.cases.users.under(again)).await);
    assert_eq!(answer, (3, Some(CODE.to_owned())));
    assert_eq!(load(storage, &user_id("ada")).await.sequence, 3);
    outcome.is_ok()
}

pub async fn a_keyed_commit_whose_answer_was_lost_is_not_made_again(storage: &Storage) {
    assert!(set_phone_when_the_answer_is_lost(storage, Fault::AfterWriting).await);
}

pub async fn a_keyed_commit_that_was_not_written_is_made_when_it_is_asked_for_again(storage: &Storage) {
    assert!(!set_phone_when_the_answer_is_lost(storage, Fault::BeforeWriting).await);
}

/// Storage whose calls under keys may fail.
fn unreliable_keys(storage: &Storage) -> (Storage, Arc<Faulty<dyn IdempotencyStore>>) {
    let faulty = Arc::new(Faulty::new(Arc::clone(&storage.idempotency)));
    let unreliable = Storage {
        idempotency: faulty.clone(),
        ..storage.clone()
    };
    (unreliable, faulty)
}

pub async fn a_claim_that_fails_fails_the_call(storage: &Storage) {
    let (unreliable, faulty) = unreliable_keys(storage);
    let keyed = Keyed::over(&unreliable, RULES).await;
    for fault in [Fault::BeforeWriting, Fault::AfterWriting] {
        faulty.fail_next(fault);
        let lost = begin(&keyed.calls, "k", "set").await;
        assert!(matches!(lost, Err(Error::Store(StoreError::Unavailable(_)))));
    }
}

/// Removes a phone that is not there, loses the answer, sets the phone, and makes the call again.
async fn remove_phone_when_the_refusal_is_lost(storage: &Storage, fault: Fault) -> Result<Outcome, Error> {
    let (unreliable, faulty) = unreliable_keys(storage);
    let keyed = Keyed::over(&unreliable, RULES).await;
    let first = keyed.call("remove").await;
    let users = keyed.cases.users.under(first.clone());
    faulty.fail_next(fault);
    let lost = users
        .execute(&operator(), &user_id("ada"), &Command::RemovePhone)
        .await;
    assert!(
        matches!(lost, Err(Error::Store(StoreError::Unavailable(_)))),
        "{lost:?}"
    );
    first.end().await;
    set_phone(&keyed.cases.users).await.unwrap();
    keyed.under("remove", "ada", &Command::RemovePhone).await
}

pub async fn a_refusal_that_was_kept_though_its_answer_was_lost_is_repeated(storage: &Storage) {
    let again = remove_phone_when_the_refusal_is_lost(storage, Fault::AfterWriting).await;
    assert_eq!(refused(again), Refusal::PhoneMissing);
}

pub async fn a_refusal_that_could_not_be_kept_is_forgotten(storage: &Storage) {
    let again = remove_phone_when_the_refusal_is_lost(storage, Fault::BeforeWriting).await;
    assert!(again.is_ok(), "{again:?}");
}

async fn a_hundred_calls_under_one_key(storage: &Storage, rules: IdempotencyRules) {
    let keyed = Arc::new(Keyed::over(storage, rules).await);
    let mut callers = JoinSet::new();
    for _ in 0..100 {
        let keyed = Arc::clone(&keyed);
        callers.spawn(async move {
            let Begun::Call(call) = keyed.begin("set").await else {
                return None;
            };
            let outcome = set_phone(&keyed.cases.users.under(call.clone())).await;
            call.end().await;
            match outcome {
                // All others kept coming first, which is an answer too.
                Err(Error::Contended | Error::Store(StoreError::Overloaded)) => None,
                outcome => Some(told(outcome)),
            }
        });
    }
    let answers: Vec<_> = callers.join_all().await.into_iter().flatten().collect();
    assert!(!answers.is_empty());
    let one = (3, Some(CODE.to_owned()));
    assert!(answers.iter().all(|told| *told == one), "{answers:?}");
    assert_eq!(load(storage, &user_id("ada")).await.sequence, 3);
}

pub async fn of_a_hundred_calls_under_one_key_one_takes_effect(storage: &Storage) {
    a_hundred_calls_under_one_key(storage, RULES).await;
}

/// Everybody takes over from everybody: claims keep nobody out, and only the commit decides.
pub async fn of_a_hundred_calls_that_do_not_wait_for_each_other_one_takes_effect(storage: &Storage) {
    let lease = Duration::ZERO;
    a_hundred_calls_under_one_key(storage, IdempotencyRules { lease, ..RULES }).await;
}
