//! What the use cases promise on top of a store: that rules and store together lose and double nothing.

use std::sync::Arc;

use ringtrue_core::{
    Channel, Error, Outcome, UserId,
    access::Subject,
    authenticator::{AuthenticationError, Authenticator},
    code::{Code, CodePolicy},
    phone_number::PhoneNumber,
    port::{Clock, Storage, StoreError},
    token::{AccessToken, TokenRecord},
    user::{Command, Delivery, Event, Refusal, Standing, Verification},
};
use time::Duration;
use tokio::task::JoinSet;

use super::{
    load,
    stories::{NUMBERS, check, check_messages},
};
use crate::{
    builders::{NOON, token, user_id},
    faulty::{Fault, Faulty},
    use_cases::{CODE, FAILURES_MAX, UseCases, new_user, operator},
};

/// A user with a number and an outstanding code.
async fn awaiting_code(cases: &UseCases, id: &UserId) {
    let mut request = new_user(id.as_str());
    request.phone = Some((NUMBERS[0].to_owned(), Verification::ByCode(Delivery::Send)));
    cases.users.create(&operator(), request).await.unwrap();
}

/// Neither a message that waits nor one whose sender has claimed it and come to a halt.
pub async fn a_message_is_not_sent_once_its_user_is_locked_or_deactivated(storage: &Storage) {
    let cases = UseCases::over(storage).await;
    for (id, command) in [("ada", Command::Lock), ("eve", Command::Deactivate)] {
        for claimed in [false, true] {
            let id = user_id(&format!("{id}-{claimed}"));
            awaiting_code(&cases, &id).await;
            if claimed {
                let now = cases.clock.now();
                let leased = storage.outbox.claim(1, Duration::SECOND, now).await.unwrap();
                assert_eq!(leased.len(), 1);
            }
            cases.users.execute(&operator(), &id, &command).await.unwrap();
            assert_eq!(storage.outbox.unsettled().await.unwrap(), 0, "{command:?}");
            // The code itself is as good as before for whoever has got it.
            let code = Code::new(CODE);
            let verify = Command::VerifyPhone { code };
            cases.users.execute(&operator(), &id, &verify).await.unwrap();
        }
    }
}

/// Replicas have clocks of their own: one that is an hour ahead is not the time of the others.
pub async fn a_change_by_a_clock_that_is_ahead_makes_no_code_live_longer(storage: &Storage) {
    let cases = UseCases::over(storage).await;
    let (id, noon) = (user_id("ada"), cases.clock.now());
    cases.clock.advance(Duration::HOUR);
    awaiting_code(&cases, &id).await;
    cases.clock.advance(-Duration::HOUR);
    let resend = Command::ResendCode {
        delivery: Delivery::Send,
    };
    let done = cases.users.execute(&operator(), &id, &resend).await.unwrap();
    assert_eq!(
        done.details.changed_at,
        noon + Duration::HOUR,
        "a history never runs backwards"
    );
    let claimed = storage.outbox.claim(9, Duration::MINUTE, noon).await.unwrap();
    let expire: Vec<_> = claimed.iter().map(|claimed| claimed.message.expires_at).collect();
    assert_eq!(expire, [noon + CodePolicy::default().lifetime]);
}

pub async fn a_users_token_is_refused_while_the_user_is_locked_or_inactive(storage: &Storage) {
    let cases = UseCases::over(storage).await;
    let authenticator = Authenticator::new(storage.tokens.clone(), Arc::new(cases.clock.clone()), None);
    for (id, shut_out, let_in, standing) in [
        ("ada", Command::Lock, Command::Unlock, Standing::Locked),
        (
            "eve",
            Command::Deactivate,
            Command::Reactivate,
            Standing::Inactive,
        ),
    ] {
        let id = user_id(id);
        let presented = AccessToken::new(&format!("token of {id}"));
        let theirs = TokenRecord {
            hash: presented.hash(),
            ..token(Subject::User(id.clone()), NOON)
        };
        storage.tokens.insert(&theirs).await.unwrap();
        let holder = async || {
            let found = storage.tokens.find(&theirs.hash).await.unwrap().unwrap();
            assert_eq!(found.token, theirs);
            found.holder
        };
        let accepted = async || match authenticator.authenticate(&presented).await {
            Ok(actor) => actor.subject == theirs.subject,
            Err(AuthenticationError::Invalid) => false,
            Err(error) => panic!("{error}"),
        };
        assert_eq!(holder().await, None, "a user who is not there yet");
        assert!(accepted().await);
        let new = new_user(id.as_str());
        cases.users.create(&operator(), new).await.unwrap();
        assert_eq!(holder().await, Some(Standing::Active));
        assert!(accepted().await);
        cases.users.execute(&operator(), &id, &shut_out).await.unwrap();
        assert_eq!(holder().await, Some(standing));
        assert!(!accepted().await, "{shut_out:?}");
        assert!(storage.tokens.list().await.unwrap().contains(&theirs));
        cases.users.execute(&operator(), &id, &let_in).await.unwrap();
        assert_eq!(holder().await, Some(Standing::Active));
        assert!(accepted().await, "{let_in:?}");
    }
}

/// Tries a code two hundred times at once.
async fn verify_at_once(cases: &UseCases, id: &UserId, code: &str) -> Vec<Result<(), Refusal>> {
    let mut callers = JoinSet::new();
    for _ in 0..200 {
        let (users, id, command) = (
            Arc::clone(&cases.users),
            id.clone(),
            Command::VerifyPhone {
                code: Code::new(code),
            },
        );
        callers.spawn(async move {
            match users.execute(&operator(), &id, &command).await {
                Ok(_) => Ok(()),
                Err(Error::Refused(refusal)) => Err(refusal),
                Err(error) => panic!("{error:?}"),
            }
        });
    }
    callers.join_all().await
}

pub async fn of_two_hundred_right_codes_at_once_exactly_one_succeeds(storage: &Storage) {
    let (cases, id) = (UseCases::over(storage).await, user_id("ada"));
    awaiting_code(&cases, &id).await;
    let outcomes = verify_at_once(&cases, &id, CODE).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    assert_eq!(
        outcomes
            .iter()
            .filter(|outcome| **outcome == Err(Refusal::CodeInvalid(Channel::Phone)))
            .count(),
        199
    );
    let history = storage.users.history(&id).await.unwrap();
    let verified = history
        .iter()
        .filter(|recorded| recorded.event == Event::PhoneVerified)
        .count();
    assert_eq!((verified, history.len()), (1, 3));
    check(storage, &id).await;
}

pub async fn of_two_hundred_wrong_codes_at_once_exactly_the_limit_is_recorded(storage: &Storage) {
    let (cases, id) = (UseCases::over(storage).await, user_id("ada"));
    awaiting_code(&cases, &id).await;
    let outcomes = verify_at_once(&cases, &id, "wrong").await;
    let invalid = outcomes
        .iter()
        .filter(|outcome| **outcome == Err(Refusal::CodeInvalid(Channel::Phone)))
        .count();
    let locked = outcomes
        .iter()
        .filter(|outcome| matches!(outcome, Err(Refusal::TooManyFailures(_))))
        .count();
    assert_eq!(
        (invalid, locked),
        (FAILURES_MAX as usize, 200 - FAILURES_MAX as usize)
    );
    let history = storage.users.history(&id).await.unwrap();
    let failed = history
        .iter()
        .filter(|recorded| matches!(recorded.event, Event::VerificationFailed { .. }))
        .count();
    assert_eq!(failed, FAILURES_MAX as usize);
    // The code is dead, the right one included.
    let right = Command::VerifyPhone {
        code: Code::new(CODE),
    };
    let refused = cases.users.execute(&operator(), &id, &right).await;
    assert!(
        matches!(refused, Err(Error::Refused(Refusal::TooManyFailures(_)))),
        "{refused:?}"
    );
    check(storage, &id).await;
}

/// Twelve callers set one user's number at once, each to one of their own.
pub async fn of_many_numbers_at_once_every_success_is_in_the_history(storage: &Storage) {
    let (cases, id) = (UseCases::over(storage).await, user_id("ada"));
    cases.users.create(&operator(), new_user("ada")).await.unwrap();
    let mut callers = JoinSet::new();
    for n in 0..12 {
        let (users, id) = (Arc::clone(&cases.users), id.clone());
        let number = Ok(PhoneNumber::from_stored(format!("+417912345{n:02}")));
        let command = Command::SetPhone {
            number,
            verification: Verification::ByCode(Delivery::Send),
        };
        callers.spawn(async move {
            users
                .execute(&operator(), &id, &command)
                .await
                .unwrap()
                .details
                .sequence
        });
    }
    let mut sequences = callers.join_all().await;
    sequences.sort_unstable();
    assert!(
        sequences.iter().copied().eq((1..=12).map(|n| 1 + 2 * n)),
        "{sequences:?}"
    );
    assert_eq!(
        storage.outbox.unsettled().await.unwrap(),
        1,
        "only the last number's code is alive"
    );
    check(storage, &id).await;
    check_messages(storage, &cases).await;
}

/// Sets a new user's number through a store that loses the answer.
async fn set_phone_when_the_answer_is_lost(storage: &Storage, fault: Fault) -> Result<Outcome, Error> {
    let faulty = Arc::new(Faulty::new(Arc::clone(&storage.users)));
    let unreliable = Storage {
        users: faulty.clone(),
        ..storage.clone()
    };
    let cases = UseCases::over(&unreliable).await;
    cases.users.create(&operator(), new_user("ada")).await.unwrap();
    faulty.fail_next(fault);
    let command = Command::SetPhone {
        number: Ok(PhoneNumber::from_stored(NUMBERS[0].to_owned())),
        verification: Verification::ByCode(Delivery::Send),
    };
    cases.users.execute(&operator(), &user_id("ada"), &command).await
}

pub async fn a_commit_whose_answer_was_lost_succeeds_if_it_was_written(storage: &Storage) {
    let outcome = set_phone_when_the_answer_is_lost(storage, Fault::AfterWriting).await;
    assert_eq!(outcome.unwrap().details.sequence, 3);
    assert_eq!(load(storage, &user_id("ada")).await.sequence, 3);
    assert_eq!(
        storage.outbox.unsettled().await.unwrap(),
        1,
        "one message, not two"
    );
    check(storage, &user_id("ada")).await;
}

pub async fn a_commit_whose_answer_was_lost_fails_if_it_was_not_written(storage: &Storage) {
    let outcome = set_phone_when_the_answer_is_lost(storage, Fault::BeforeWriting).await;
    assert!(
        matches!(outcome, Err(Error::Store(StoreError::Unavailable(_)))),
        "{outcome:?}"
    );
    assert_eq!(load(storage, &user_id("ada")).await.sequence, 1);
    assert_eq!(storage.outbox.unsettled().await.unwrap(), 0);
}
