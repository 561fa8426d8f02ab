//! Telephone numbers and their codes.

use ringtrue_core::{
    Channel,
    code::{FAILURES_ABSOLUTE_MAX, Lock},
    keys::{Key, KeyRing},
    phone_number::PhoneNumberError,
    user::{Command, EmailVerification, Missing, Refusal, User, Verification},
};
use time::Duration;

use crate::story::{
    NOON, NUMBER, OTHER_NUMBER, RESEND, RETURN, RIGHT, SEND, Story, WRONG, create, kinds, set_phone, verify,
};

const CHANGED: &str = "user.human.phone.changed";
const CODE_ADDED: &str = "user.human.phone.code.added";
const VERIFIED: &str = "user.human.phone.verified";

#[test]
fn every_command_writes_the_events_of_the_contract() {
    let rows: [(&str, Story, Command, &[&str]); 10] = [
        ("create", Story::absent(), create(None), &["user.human.added"]),
        (
            "create with a phone",
            Story::absent(),
            create(Some((NUMBER, SEND))),
            &["user.human.added", CODE_ADDED],
        ),
        (
            "create with a vouched phone",
            Story::absent(),
            create(Some((NUMBER, Verification::Vouched))),
            &["user.human.added", VERIFIED],
        ),
        (
            "set, send",
            Story::created(),
            set_phone(NUMBER, SEND),
            &[CHANGED, CODE_ADDED],
        ),
        (
            "set, return",
            Story::created(),
            set_phone(NUMBER, RETURN),
            &[CHANGED, CODE_ADDED],
        ),
        (
            "set, vouched",
            Story::created(),
            set_phone(NUMBER, Verification::Vouched),
            &[CHANGED, VERIFIED],
        ),
        ("resend", Story::with_code(), RESEND, &[CODE_ADDED]),
        ("verify", Story::with_code(), verify(RIGHT), &[VERIFIED]),
        (
            "remove",
            Story::with_code(),
            Command::RemovePhone,
            &["user.human.phone.removed"],
        ),
        ("delete", Story::with_code(), Command::Delete, &["user.removed"]),
    ];
    for (name, mut story, command, events) in rows {
        assert_eq!(kinds(&story.accept(&command)), events, "{name}");
    }
}

#[test]
fn every_refusal_names_the_state_of_affairs_and_writes_nothing() {
    let unusable = Command::SetPhone {
        number: Err(PhoneNumberError::CountryMissing),
        verification: SEND,
    };
    let verified = || {
        let mut story = Story::with_code();
        story.accept(&verify(RIGHT));
        story
    };
    let rows = [
        (
            "set, nobody there",
            Story::absent(),
            set_phone(NUMBER, SEND),
            Refusal::UserMissing(Missing::ToPhone),
        ),
        (
            "bad number, nobody there",
            Story::absent(),
            unusable.clone(),
            Refusal::UserMissing(Missing::ToPhone),
        ),
        (
            "delete, nobody there",
            Story::absent(),
            Command::Delete,
            Refusal::UserMissing(Missing::ToDelete),
        ),
        (
            "create, taken",
            Story::created(),
            create(None),
            Refusal::UserExists,
        ),
        (
            "bad number",
            Story::created(),
            unusable,
            Refusal::PhoneUnusable(PhoneNumberError::CountryMissing),
        ),
        (
            "the same number",
            Story::with_code(),
            set_phone(NUMBER, SEND),
            Refusal::Unchanged(Channel::Phone),
        ),
        (
            "the same, vouched",
            verified(),
            set_phone(NUMBER, Verification::Vouched),
            Refusal::Unchanged(Channel::Phone),
        ),
        (
            "resend without a phone",
            Story::created(),
            RESEND,
            Refusal::NoCodeOutstanding(Channel::Phone),
        ),
        (
            "resend once verified",
            verified(),
            RESEND,
            Refusal::NoCodeOutstanding(Channel::Phone),
        ),
        (
            "verify without a phone",
            Story::created(),
            verify(RIGHT),
            Refusal::CodeInvalid(Channel::Phone),
        ),
        (
            "verify twice",
            verified(),
            verify(RIGHT),
            Refusal::CodeInvalid(Channel::Phone),
        ),
        (
            "remove without a phone",
            Story::created(),
            Command::RemovePhone,
            Refusal::PhoneMissing,
        ),
    ];
    for (name, mut story, command, refusal) in rows {
        let decision = story.ask(&command);
        assert_eq!(decision.reply.unwrap_err(), refusal, "{name}");
        assert!(decision.events.is_empty() && decision.message.is_none(), "{name}");
    }
}

#[test]
fn a_code_is_sent_or_returned_never_both() {
    let sent = Story::created().accept(&set_phone(NUMBER, SEND));
    assert!(sent.reply.unwrap().phone_code.is_none());
    let message = sent.message.unwrap();
    assert_eq!((message.to.as_str(), message.code.reveal()), (NUMBER, RIGHT));

    let returned = Story::created().accept(&set_phone(NUMBER, RETURN));
    assert_eq!(returned.reply.unwrap().phone_code.unwrap().reveal(), RIGHT);
    assert!(returned.message.is_none());
}

#[test]
fn a_right_code_fails_from_the_end_of_its_lifetime_on() {
    let mut in_time = Story::with_code();
    in_time.now = NOON + Duration::minutes(10) - Duration::microseconds(1);
    in_time.accept(&verify(RIGHT));

    let mut late = Story::with_code();
    late.now = NOON + Duration::seconds(600);
    assert_eq!(late.refusal(&verify(RIGHT)), Refusal::CodeInvalid(Channel::Phone));
    assert_eq!(late.failures(), 0, "an expired code is not a guess");
    late.accept(&RESEND);
    late.accept(&verify(RIGHT));
}

#[test]
fn a_resend_kills_the_code_before_it() {
    let mut story = Story::with_code();
    let first = story.user.live_code();
    story.accept(&RESEND);
    assert_ne!(story.user.live_code(), first);
}

#[test]
fn removing_a_phone_kills_its_code() {
    let mut story = Story::with_code();
    story.accept(&Command::RemovePhone);
    assert_eq!(
        story.refusal(&verify(RIGHT)),
        Refusal::CodeInvalid(Channel::Phone)
    );
    assert_eq!(story.refusal(&RESEND), Refusal::NoCodeOutstanding(Channel::Phone));
    story.accept(&set_phone(NUMBER, SEND));
    story.accept(&verify(RIGHT));
}

#[test]
fn a_new_number_is_unverified_and_the_old_code_does_not_prove_it() {
    let mut story = Story::with_code();
    story.accept(&verify(RIGHT));
    story.accept(&set_phone(OTHER_NUMBER, SEND));
    assert!(!story.verified());
}

#[test]
fn a_deleted_user_leaves_nothing_and_can_be_created_anew() {
    let mut story = Story::with_code();
    story.accept(&Command::Delete);
    assert_eq!(story.user, User::Removed);
    assert_eq!(story.refusal(&RESEND), Refusal::UserMissing(Missing::ToPhone));
    story.accept(&create(None));
    assert!(story.user.phone().is_none());
}

/// R-N4: a resend does not refill the attempts.
#[test]
fn failures_are_counted_across_codes_and_numbers() {
    let mut story = Story::with_code();
    story.fail(2);
    story.accept(&RESEND);
    story.fail(1);
    story.accept(&set_phone(OTHER_NUMBER, SEND));
    assert_eq!(story.failures(), 3);
    story.fail(2);
    assert!(matches!(
        story.refusal(&verify(RIGHT)),
        Refusal::TooManyFailures(_)
    ));
}

/// R-N5: on success earlier failures are disregarded.
#[test]
fn success_forgets_the_failures() {
    let mut story = Story::with_code();
    story.fail(4);
    story.accept(&verify(RIGHT));
    assert_eq!(story.failures(), 0);
}

#[test]
fn at_the_limit_the_code_is_dead_and_the_answer_says_when_to_try_again() {
    let mut story = Story::with_code();
    story.fail(5);
    let lock = Lock::Until(NOON + Duration::seconds(30));
    assert_eq!(story.refusal(&verify(RIGHT)), Refusal::TooManyFailures(lock));
    assert_eq!(story.user.live_code(), None);

    story.now += Duration::seconds(30);
    assert_eq!(
        story.refusal(&verify(RIGHT)),
        Refusal::CodeInvalid(Channel::Phone),
        "the wait is over, the code stays dead"
    );
    story.accept(&RESEND);
    story.accept(&verify(RIGHT));
}

#[test]
fn refused_attempts_do_not_lengthen_the_wait() {
    let mut story = Story::with_code();
    story.fail(5);
    for _ in 0..50 {
        assert!(matches!(
            story.refusal(&verify(WRONG)),
            Refusal::TooManyFailures(_)
        ));
    }
    assert_eq!(story.failures(), 5);
}

#[test]
fn beyond_the_limit_each_wrong_code_doubles_the_wait_and_costs_a_new_code() {
    let mut story = Story::with_code();
    story.fail(5);
    for expected in [60, 120, 240] {
        story.now += Duration::hours(1);
        story.accept(&RESEND);
        story.fail(1);
        let lock = Lock::Until(story.now + Duration::seconds(expected));
        assert_eq!(story.refusal(&verify(RIGHT)), Refusal::TooManyFailures(lock));
    }
}

#[test]
fn a_code_that_would_expire_before_it_may_be_tried_is_not_issued() {
    let mut story = Story::with_code();
    story.fail(5);
    for _ in 0..5 {
        story.now += Duration::hours(1);
        story.accept(&RESEND);
        story.fail(1);
    }
    // The wait is sixteen minutes now, and a code lives for ten.
    assert!(matches!(story.refusal(&RESEND), Refusal::TooManyFailures(_)));
    assert!(matches!(
        story.refusal(&set_phone(OTHER_NUMBER, SEND)),
        Refusal::TooManyFailures(_)
    ));
    story.now += Duration::minutes(7);
    story.accept(&RESEND);
}

/// R-N5: a hundred consecutive failures at most, whatever the waits; only a privileged call goes on from there.
#[test]
fn after_a_hundred_failures_only_a_caller_who_vouches_helps() {
    let mut story = Story::with_code();
    story.policy.failures_max = FAILURES_ABSOLUTE_MAX;
    story.fail(FAILURES_ABSOLUTE_MAX);
    story.now += Duration::days(365);
    assert_eq!(
        story.refusal(&verify(RIGHT)),
        Refusal::TooManyFailures(Lock::UntilReset)
    );
    assert_eq!(story.refusal(&RESEND), Refusal::TooManyFailures(Lock::UntilReset));
    story.accept(&set_phone(OTHER_NUMBER, Verification::Vouched));
    assert_eq!(story.failures(), 0);
    story.accept(&set_phone(NUMBER, SEND));
    story.accept(&verify(RIGHT));
}

/// R-A2: what is stored of a code is worthless without the key.
#[test]
fn a_stored_code_cannot_be_guessed_without_the_key() {
    for seed in 0..=u8::MAX {
        let mut story = Story::with_code();
        let stored = serde_json::to_string(&story.user).unwrap();
        assert!(!stored.contains(RIGHT));
        // The thief has the whole row. If even the right code does not match under a key of their own, trying all of
        // the million finds nothing.
        story.keys = KeyRing::new(vec![Key::new("k1", [seed; 32])]).unwrap();
        let opens = story.ask(&verify(RIGHT)).reply.is_ok();
        assert_eq!(opens, seed == 7, "key of bytes {seed}");
    }
}

/// R-A15: codes that were outstanding when the key was rotated still verify.
#[test]
fn rotating_the_key_leaves_outstanding_codes_good() {
    let mut story = Story::with_code();
    story.keys = KeyRing::new(vec![Key::new("k2", [8; 32]), Key::new("k1", [7; 32])]).unwrap();
    story.accept(&verify(RIGHT));
}

#[test]
fn an_email_code_is_returned_and_only_its_hash_is_kept() {
    let mut story = Story::absent();
    let Command::Create(mut new) = create(None) else {
        panic!("a create command")
    };
    new.email_verification = EmailVerification::ReturnCode;
    let decision = story.accept(&Command::Create(new));
    assert_eq!(
        kinds(&decision),
        ["user.human.added", "user.human.email.code.added"]
    );
    assert_eq!(decision.reply.unwrap().email_code.unwrap().reveal(), RIGHT);
    assert!(!serde_json::to_string(&story.user).unwrap().contains(RIGHT));
    assert!(decision.message.is_none(), "no mail is sent");
}
