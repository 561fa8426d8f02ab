//! E-mail addresses and their codes, which share all rules with phones.

use ringtrue_core::{
    Channel, EmailAddress, EmailAddressError,
    code::{Code, FAILURES_ABSOLUTE_MAX, Lock},
    user::{Command, EmailVerification, Missing, Refusal, User, Verification},
};
use time::Duration;

use crate::story::{NOON, NUMBER, OTHER_NUMBER, RIGHT, SEND, Story, WRONG, kinds, set_phone, verify};

const ADDRESS: &str = "eve@example.com";

pub(crate) fn set_email(text: &str, verification: EmailVerification) -> Command {
    Command::SetEmail {
        address: EmailAddress::parse(text),
        verification,
    }
}

fn verify_email(code: &str) -> Command {
    Command::VerifyEmail {
        code: Code::new(code),
    }
}

/// A user with an e-mail address to prove, whose code is `RIGHT`.
fn with_email_code() -> Story {
    let mut story = Story::created();
    story.accept(&set_email(ADDRESS, EmailVerification::ReturnCode));
    story
}

fn verified(story: &Story) -> bool {
    story.user.account().is_some_and(|account| account.email.verified)
}

const CHANGED: &str = "user.human.email.changed";
const CODE_ADDED: &str = "user.human.email.code.added";
const VERIFIED: &str = "user.human.email.verified";
const FAILED: &str = "user.human.email.verification.failed";

#[test]
fn every_email_command_writes_the_events_of_the_contract() {
    let rows: [(&str, Story, Command, &[&str]); 5] = [
        (
            "set",
            Story::created(),
            set_email(ADDRESS, EmailVerification::Unverified),
            &[CHANGED],
        ),
        (
            "set, return",
            Story::created(),
            set_email(ADDRESS, EmailVerification::ReturnCode),
            &[CHANGED, CODE_ADDED],
        ),
        (
            "set, vouched",
            Story::created(),
            set_email(ADDRESS, EmailVerification::Vouched),
            &[CHANGED, VERIFIED],
        ),
        (
            "resend",
            with_email_code(),
            Command::ResendEmailCode,
            &[CODE_ADDED],
        ),
        ("verify", with_email_code(), verify_email(RIGHT), &[VERIFIED]),
    ];
    for (name, mut story, command, events) in rows {
        let decision = story.accept(&command);
        assert_eq!(kinds(&decision), events, "{name}");
        assert!(decision.message.is_none(), "no mail is sent: {name}");
        let reply = decision.reply.unwrap();
        assert_eq!(reply.email_code.is_some(), events.contains(&CODE_ADDED), "{name}");
        assert!(reply.phone_code.is_none(), "{name}");
    }
}

#[test]
fn every_email_refusal_names_the_state_of_affairs_and_writes_nothing() {
    let verified = || {
        let mut story = with_email_code();
        story.accept(&verify_email(RIGHT));
        story
    };
    let missing = Refusal::UserMissing(Missing::ToEmail);
    let rows = [
        (
            "set, nobody there",
            Story::absent(),
            set_email("nonsense", EmailVerification::Unverified),
            missing.clone(),
        ),
        (
            "resend, nobody there",
            Story::absent(),
            Command::ResendEmailCode,
            missing.clone(),
        ),
        (
            "verify, nobody there",
            Story::absent(),
            verify_email(RIGHT),
            missing,
        ),
        (
            "bad address",
            Story::created(),
            set_email("nonsense", EmailVerification::Unverified),
            Refusal::EmailUnusable(EmailAddressError::Malformed),
        ),
        (
            "the same address",
            with_email_code(),
            set_email(ADDRESS, EmailVerification::ReturnCode),
            Refusal::Unchanged(Channel::Email),
        ),
        (
            "the same, vouched",
            with_email_code(),
            set_email(ADDRESS, EmailVerification::Vouched),
            Refusal::Unchanged(Channel::Email),
        ),
        (
            "resend without a code",
            Story::created(),
            Command::ResendEmailCode,
            Refusal::NoCodeOutstanding(Channel::Email),
        ),
        (
            "resend once verified",
            verified(),
            Command::ResendEmailCode,
            Refusal::NoCodeOutstanding(Channel::Email),
        ),
        (
            "verify without a code",
            Story::created(),
            verify_email(RIGHT),
            Refusal::CodeInvalid(Channel::Email),
        ),
        (
            "verify twice",
            verified(),
            verify_email(RIGHT),
            Refusal::CodeInvalid(Channel::Email),
        ),
    ];
    for (name, mut story, command, refusal) in rows {
        let decision = story.ask(&command);
        assert_eq!(decision.reply.unwrap_err(), refusal, "{name}");
        assert!(decision.events.is_empty(), "{name}");
    }
}

#[test]
fn a_code_for_one_channel_proves_nothing_on_the_other() {
    let mut story = with_email_code();
    assert_eq!(
        story.refusal(&verify(RIGHT)),
        Refusal::CodeInvalid(Channel::Phone)
    );
    let mut story = Story::with_code();
    assert_eq!(
        story.refusal(&verify_email(RIGHT)),
        Refusal::CodeInvalid(Channel::Email)
    );
}

#[test]
fn another_address_is_unverified_and_the_old_code_is_dead() {
    let mut story = with_email_code();
    story.accept(&verify_email(RIGHT));
    assert!(verified(&story));
    story.accept(&set_email("ada@example.org", EmailVerification::Unverified));
    assert!(!verified(&story));
    assert_eq!(
        story.refusal(&verify_email(RIGHT)),
        Refusal::CodeInvalid(Channel::Email)
    );
}

#[test]
fn an_email_code_fails_from_the_end_of_its_lifetime_on() {
    let mut late = with_email_code();
    late.now = NOON + Duration::minutes(10);
    assert_eq!(
        late.refusal(&verify_email(RIGHT)),
        Refusal::CodeInvalid(Channel::Email)
    );
    assert_eq!(late.failures(), 0, "an expired code is not a guess");
    late.accept(&Command::ResendEmailCode);
    late.accept(&verify_email(RIGHT));
}

/// R-N4, R-N5: the count is the account's, whatever the codes were for.
#[test]
fn failures_are_counted_over_both_channels() {
    let mut story = Story::with_code();
    story.accept(&set_email(ADDRESS, EmailVerification::ReturnCode));
    story.fail(3);
    for _ in 0..2 {
        let decision = story.ask(&verify_email(WRONG));
        assert_eq!(kinds(&decision), [FAILED]);
        assert_eq!(decision.reply.unwrap_err(), Refusal::CodeInvalid(Channel::Email));
    }
    let lock = Lock::Until(NOON + Duration::seconds(30));
    for command in [verify(RIGHT), verify_email(RIGHT)] {
        assert_eq!(story.refusal(&command), Refusal::TooManyFailures(lock));
    }
    story.now += Duration::seconds(30);
    assert_eq!(
        story.refusal(&verify_email(RIGHT)),
        Refusal::CodeInvalid(Channel::Email),
        "the code that was tried is dead"
    );
    story.accept(&verify(RIGHT));
    assert_eq!(story.failures(), 2, "those at the address still count");
}

/// R-N4, R-N5: whoever owns a mailbox proves it as often as they like, and guesses at a number no more often for it.
#[test]
fn proving_a_mailbox_does_not_refill_the_guesses_at_a_number() {
    let mut story = Story::with_code();
    story.fail(4);
    story.accept(&set_email(ADDRESS, EmailVerification::ReturnCode));
    story.accept(&verify_email(RIGHT));
    assert_eq!(story.failures(), 4);
    story.fail(1);
    assert!(matches!(
        story.refusal(&verify(RIGHT)),
        Refusal::TooManyFailures(_)
    ));
}

#[test]
fn a_hundred_failures_lock_both_channels_until_somebody_vouches() {
    let mut story = with_email_code();
    story.policy.failures_max = FAILURES_ABSOLUTE_MAX;
    for _ in 0..FAILURES_ABSOLUTE_MAX {
        story.refusal(&verify_email(WRONG));
    }
    let for_good = Refusal::TooManyFailures(Lock::UntilReset);
    assert_eq!(story.refusal(&set_phone(NUMBER, SEND)), for_good);
    assert_eq!(story.refusal(&Command::ResendEmailCode), for_good);
    story.accept(&set_phone(NUMBER, Verification::Vouched));
    assert_eq!(story.failures(), 0, "a caller's word ends both rows");
    story.accept(&set_phone(OTHER_NUMBER, SEND));
}

#[test]
fn only_the_hash_of_an_email_code_is_kept() {
    let story = with_email_code();
    assert!(matches!(story.user, User::Present(_)));
    assert!(!serde_json::to_string(&story.user).unwrap().contains(RIGHT));
}
