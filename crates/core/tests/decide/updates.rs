//! Changing a user in several respects at once, by the rules that each method of its own has.

use ringtrue_core::{
    Channel, EmailAddress, EmailAddressError,
    phone_number::PhoneNumberError,
    user::{
        Account, Command, Decision, EmailVerification, Gender, Missing, PhoneChange, ProfileChanges, Refusal,
        UserChanges, Verification,
    },
};

use crate::story::{NUMBER, OTHER_NUMBER, RETURN, RIGHT, SEND, Story, kinds, number, set_phone, verify};

fn update(changes: UserChanges) -> Command {
    Command::Update(Box::new(changes))
}

fn phone(text: &str, verification: Verification) -> UserChanges {
    UserChanges {
        phone: Some(PhoneChange::Set {
            number: Ok(number(text)),
            verification,
        }),
        ..UserChanges::default()
    }
}

fn remove_phone() -> UserChanges {
    UserChanges {
        phone: Some(PhoneChange::Remove),
        ..UserChanges::default()
    }
}

fn email(text: &str, verification: EmailVerification) -> UserChanges {
    UserChanges {
        email: Some((EmailAddress::parse(text), verification)),
        ..UserChanges::default()
    }
}

fn username(name: &str) -> UserChanges {
    UserChanges {
        username: Some(name.to_owned()),
        ..UserChanges::default()
    }
}

fn profile(changes: ProfileChanges) -> UserChanges {
    UserChanges {
        profile: Some(changes),
        ..UserChanges::default()
    }
}

fn account(story: &Story) -> &Account {
    story.user.account().unwrap()
}

fn verified() -> Story {
    let mut story = Story::with_code();
    story.accept(&verify(RIGHT));
    story
}

const VOUCHED: Verification = Verification::Vouched;
const CHANGED: &str = "user.human.phone.changed";
const CODE_ADDED: &str = "user.human.phone.code.added";
const VERIFIED: &str = "user.human.phone.verified";
const REMOVED: &str = "user.human.phone.removed";
const EMAIL_CHANGED: &str = "user.human.email.changed";
const EMAIL_CODE_ADDED: &str = "user.human.email.code.added";
const EMAIL_VERIFIED: &str = "user.human.email.verified";

/// `contract.md` 3.5.
#[test]
fn the_phone_part_follows_the_contract() {
    let rows: [(&str, Story, UserChanges, &[&str]); 10] = [
        (
            "new, send",
            Story::created(),
            phone(NUMBER, SEND),
            &[CHANGED, CODE_ADDED],
        ),
        (
            "other, return",
            verified(),
            phone(OTHER_NUMBER, RETURN),
            &[CHANGED, CODE_ADDED],
        ),
        (
            "other, vouched",
            verified(),
            phone(OTHER_NUMBER, VOUCHED),
            &[CHANGED, VERIFIED],
        ),
        ("equal, send", Story::with_code(), phone(NUMBER, SEND), &[]),
        ("equal, return", Story::with_code(), phone(NUMBER, RETURN), &[]),
        (
            "equal, vouched",
            Story::with_code(),
            phone(NUMBER, VOUCHED),
            &[VERIFIED],
        ),
        ("equal, verified", verified(), phone(NUMBER, SEND), &[]),
        (
            "equal, verified, vouched",
            verified(),
            phone(NUMBER, VOUCHED),
            &[],
        ),
        ("remove", verified(), remove_phone(), &[REMOVED]),
        ("remove none", Story::created(), remove_phone(), &[REMOVED]),
    ];
    for (name, mut story, changes, events) in rows {
        let sends = matches!(
            changes.phone,
            Some(PhoneChange::Set { verification, .. }) if verification == SEND
        );
        let decision = story.accept(&update(changes));
        assert_eq!(kinds(&decision), events, "{name}");
        assert_eq!(
            decision.message.is_some(),
            sends && events.contains(&CODE_ADDED),
            "{name}"
        );
    }
}

#[test]
fn the_email_part_follows_the_same_rules() {
    use EmailVerification::{ReturnCode, Unverified, Vouched};
    let new = "eve@example.com";
    let equal = "ada@example.com";
    let rows: [(&str, UserChanges, &[&str]); 6] = [
        ("new", email(new, Unverified), &[EMAIL_CHANGED]),
        (
            "new, return",
            email(new, ReturnCode),
            &[EMAIL_CHANGED, EMAIL_CODE_ADDED],
        ),
        (
            "new, vouched",
            email(new, Vouched),
            &[EMAIL_CHANGED, EMAIL_VERIFIED],
        ),
        ("equal", email(equal, Unverified), &[]),
        ("equal, return", email(equal, ReturnCode), &[]),
        ("equal, vouched", email(equal, Vouched), &[EMAIL_VERIFIED]),
    ];
    for (name, changes, events) in rows {
        let decision = Story::created().accept(&update(changes));
        assert_eq!(kinds(&decision), events, "{name}");
        assert_eq!(
            decision.reply.unwrap().email_code.is_some(),
            events.contains(&EMAIL_CODE_ADDED),
            "{name}"
        );
    }
}

/// One rule, one place: a change through an update is the change that the method of its own makes.
#[test]
fn a_phone_changed_by_an_update_is_as_if_set() {
    for verification in [SEND, RETURN, VOUCHED] {
        let (mut set, mut updated) = (verified(), verified());
        let by_method = set.accept(&set_phone(OTHER_NUMBER, verification));
        let by_update = updated.accept(&update(phone(OTHER_NUMBER, verification)));
        let told = |decision: Decision| {
            let message = decision.message.map(|message| (message.to, message.id));
            let code = decision.reply.unwrap().phone_code;
            (
                decision.events,
                message,
                code.map(|code| code.reveal().to_owned()),
            )
        };
        assert_eq!(told(by_method), told(by_update));
        assert_eq!(set.user, updated.user);
    }
}

#[test]
fn a_username_and_a_profile_change_by_what_is_given() {
    let mut story = Story::created();
    assert_eq!(
        kinds(&story.accept(&update(username("eve")))),
        ["user.username.changed"]
    );
    assert!(kinds(&story.accept(&update(username("eve")))).is_empty());
    let changes = ProfileChanges {
        given_name: Some("Eve".to_owned()),
        gender: Some(Gender::Female),
        nick_name: Some("E".to_owned()),
        ..ProfileChanges::default()
    };
    let decision = story.accept(&update(profile(changes.clone())));
    assert_eq!(kinds(&decision), ["user.human.profile.changed"]);
    assert!(kinds(&story.accept(&update(profile(changes)))).is_empty());
    let now = &account(&story).profile;
    assert_eq!(
        (
            now.given_name.as_str(),
            now.family_name.as_str(),
            now.nick_name.as_deref()
        ),
        ("Eve", "Lovelace", Some("E"))
    );
    assert_eq!(now.display_name, "Ada Lovelace", "what was not given stays");

    story.accept(&update(profile(ProfileChanges {
        display_name: Some(" ".to_owned()),
        nick_name: Some(String::new()),
        ..ProfileChanges::default()
    })));
    let now = &account(&story).profile;
    assert_eq!(
        (now.display_name.as_str(), &now.nick_name),
        ("Eve Lovelace", &None)
    );
}

#[test]
fn an_update_is_one_whole() {
    let changes = UserChanges {
        username: Some("eve".to_owned()),
        profile: Some(ProfileChanges {
            given_name: Some("Eve".to_owned()),
            ..ProfileChanges::default()
        }),
        email: Some((EmailAddress::parse("eve@example.com"), EmailVerification::Vouched)),
        phone: Some(PhoneChange::Set {
            number: Ok(number(NUMBER)),
            verification: SEND,
        }),
    };
    let decision = Story::created().accept(&update(changes.clone()));
    assert_eq!(
        kinds(&decision),
        [
            "user.username.changed",
            "user.human.profile.changed",
            EMAIL_CHANGED,
            EMAIL_VERIFIED,
            CHANGED,
            CODE_ADDED
        ]
    );
    assert!(decision.message.is_some());

    let blank = Some(" ".to_owned());
    let refusals = [
        (
            UserChanges {
                phone: Some(PhoneChange::Set {
                    number: Err(PhoneNumberError::CountryMissing),
                    verification: SEND,
                }),
                ..changes.clone()
            },
            Refusal::PhoneUnusable(PhoneNumberError::CountryMissing),
        ),
        (
            UserChanges {
                email: Some((EmailAddress::parse("nonsense"), EmailVerification::Vouched)),
                ..changes.clone()
            },
            Refusal::EmailUnusable(EmailAddressError::Malformed),
        ),
        (
            UserChanges {
                profile: Some(ProfileChanges {
                    given_name: blank.clone(),
                    ..ProfileChanges::default()
                }),
                ..changes.clone()
            },
            Refusal::GivenNameEmpty,
        ),
        (
            UserChanges {
                profile: Some(ProfileChanges {
                    family_name: blank,
                    ..ProfileChanges::default()
                }),
                ..changes
            },
            Refusal::FamilyNameEmpty,
        ),
    ];
    for (changes, refusal) in refusals {
        let decision = Story::created().ask(&update(changes));
        assert_eq!(decision.reply.unwrap_err(), refusal);
        assert!(decision.events.is_empty() && decision.message.is_none());
    }
}

#[test]
fn an_update_of_nothing_is_no_event() {
    let decision = Story::created().accept(&update(UserChanges::default()));
    assert!(decision.events.is_empty());
    assert_eq!(
        Story::absent().refusal(&update(UserChanges::default())),
        Refusal::UserMissing(Missing::ToUpdate)
    );
}

/// The way to mark the current number as verified, which `SetPhone` cannot (`contract.md` 3.5), ends a lock for
/// good, too.
#[test]
fn vouching_for_the_number_that_is_there_forgives_the_failures_and_ends_the_code() {
    let mut story = Story::with_code();
    story.fail(5);
    story.accept(&update(phone(NUMBER, VOUCHED)));
    assert_eq!(story.failures(), 0);
    assert_eq!(
        story.refusal(&verify(RIGHT)),
        Refusal::CodeInvalid(Channel::Phone)
    );
}
