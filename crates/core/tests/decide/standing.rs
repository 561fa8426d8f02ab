//! Locking, deactivating, and what that means for codes.

use ringtrue_core::{
    Channel,
    user::{
        Command, EmailVerification, Event, Missing, PhoneChange, Refusal, Standing, UserChanges, Verification,
    },
};
use time::Duration;

use crate::story::{
    NUMBER, OTHER_NUMBER, RESEND, RETURN, RIGHT, SEND, Story, kinds, number, set_phone, verify,
};

/// The moves by name, for tables.
const MOVES: [Command; 4] = [
    Command::Lock,
    Command::Unlock,
    Command::Deactivate,
    Command::Reactivate,
];

/// A user with a code on its way, who stands like this.
fn standing(standing: Standing) -> Story {
    let mut story = Story::with_code();
    match standing {
        Standing::Active => {}
        Standing::Inactive => drop(story.accept(&Command::Deactivate)),
        Standing::Locked => drop(story.accept(&Command::Lock)),
    }
    story
}

#[test]
fn every_move_is_granted_or_refused_by_where_the_user_stands() {
    use Standing::{Active, Inactive, Locked};
    let rows: [(Standing, [Result<Standing, Refusal>; 4]); 3] = [
        (
            Active,
            [
                Ok(Locked),
                Err(Refusal::NotLocked),
                Ok(Inactive),
                Err(Refusal::NotInactive),
            ],
        ),
        (
            Inactive,
            [
                Err(Refusal::NotActive),
                Err(Refusal::NotLocked),
                Err(Refusal::AlreadyInactive),
                Ok(Active),
            ],
        ),
        (
            Locked,
            [
                Err(Refusal::NotActive),
                Ok(Active),
                Ok(Inactive),
                Err(Refusal::NotInactive),
            ],
        ),
    ];
    for (from, outcomes) in rows {
        for (command, wanted) in MOVES.iter().zip(outcomes) {
            let mut story = standing(from);
            let decision = story.ask(command);
            let got = decision.reply.map(|_| story.user.account().unwrap().standing);
            assert_eq!(got, wanted, "{command:?} of one who is {from:?}");
            assert_eq!(decision.events.len(), usize::from(wanted.is_ok()));
            assert!(decision.message.is_none());
        }
    }
}

#[test]
fn every_move_writes_the_event_of_the_contract() {
    let rows = [
        (Command::Lock, Standing::Active, "user.locked"),
        (Command::Unlock, Standing::Locked, "user.unlocked"),
        (Command::Deactivate, Standing::Active, "user.deactivated"),
        (Command::Reactivate, Standing::Inactive, "user.reactivated"),
    ];
    for (command, from, event) in rows {
        assert_eq!(kinds(&standing(from).accept(&command)), [event]);
    }
}

#[test]
fn nobody_who_is_not_there_is_moved_and_each_method_says_so_by_its_own_name() {
    let rows = [
        Missing::ToLock,
        Missing::ToUnlock,
        Missing::ToDeactivate,
        Missing::ToReactivate,
    ];
    for (command, missing) in MOVES.iter().zip(rows) {
        assert_eq!(Story::absent().refusal(command), Refusal::UserMissing(missing));
        let mut removed = Story::with_code();
        removed.accept(&Command::Delete);
        assert_eq!(removed.refusal(command), Refusal::UserMissing(missing));
    }
}

/// Whoever may be shut out, and the refusal that says so.
const SHUT_OUT: [(Standing, Refusal); 2] = [
    (Standing::Locked, Refusal::UserLocked),
    (Standing::Inactive, Refusal::UserInactive),
];

#[test]
fn nothing_is_sent_to_whoever_is_shut_out_and_nothing_is_written() {
    let update = Command::Update(Box::new(UserChanges {
        username: Some("eve".to_owned()),
        phone: Some(PhoneChange::Set {
            number: Ok(number(OTHER_NUMBER)),
            verification: SEND,
        }),
        ..UserChanges::default()
    }));
    for (from, refusal) in SHUT_OUT {
        for command in [&set_phone(OTHER_NUMBER, SEND), &RESEND, &update] {
            let decision = standing(from).ask(command);
            assert_eq!(decision.reply.unwrap_err(), refusal, "{command:?}");
            assert!(decision.events.is_empty() && decision.message.is_none());
        }
    }
}

#[test]
fn phone_methods_that_send_nothing_accept_whoever_is_shut_out() {
    for (from, _) in SHUT_OUT {
        standing(from).accept(&verify(RIGHT));
        standing(from).accept(&Command::RemovePhone);
        standing(from).accept(&set_phone(OTHER_NUMBER, Verification::Vouched));
        let returned = standing(from).accept(&set_phone(OTHER_NUMBER, RETURN));
        assert!(returned.reply.unwrap().phone_code.is_some() && returned.message.is_none());
        standing(from).accept(&Command::ResendCode {
            delivery: ringtrue_core::user::Delivery::Return,
        });
        standing(from).accept(&Command::Delete);
    }
}

#[test]
fn what_is_wrong_with_the_call_itself_is_said_first() {
    let mut locked = standing(Standing::Locked);
    assert_eq!(
        locked.refusal(&set_phone(NUMBER, SEND)),
        Refusal::Unchanged(Channel::Phone)
    );
    locked.accept(&Command::RemovePhone);
    assert_eq!(
        locked.refusal(&RESEND),
        Refusal::NoCodeOutstanding(Channel::Phone)
    );
}

/// This is what makes the commit supersede a message that waits.
#[test]
fn a_code_is_not_for_sending_while_its_user_is_shut_out() {
    for (from, _) in SHUT_OUT {
        assert!(standing(Standing::Active).user.live_code().is_some());
        assert_eq!(standing(from).user.live_code(), None);
    }
}

#[test]
fn being_locked_by_somebody_and_having_failed_too_often_are_two_things() {
    let mut story = Story::with_code();
    story.fail(5);
    story.accept(&Command::Lock);
    story.accept(&Command::Unlock);
    assert!(
        matches!(story.refusal(&verify(RIGHT)), Refusal::TooManyFailures(_)),
        "unlocking forgives no failures"
    );
    story.now += Duration::seconds(30);
    story.accept(&RESEND);
    story.accept(&Command::Lock);
    story.accept(&verify(RIGHT));
    assert_eq!(
        story.user.account().unwrap().standing,
        Standing::Locked,
        "a right code unlocks nobody"
    );
}

#[test]
fn a_user_is_created_active_and_comes_back_active() {
    let mut story = standing(Standing::Locked);
    story.accept(&Command::Delete);
    story.accept(&crate::story::create(None));
    assert_eq!(story.user.account().unwrap().standing, Standing::Active);
}

/// What an earlier release wrote says nothing of standing.
#[test]
fn a_document_without_standing_is_of_an_active_user() {
    let mut document = serde_json::to_value(Story::with_code().user).unwrap();
    assert_eq!(document["state"], "active");
    document.as_object_mut().unwrap().remove("standing").unwrap();
    let user: ringtrue_core::user::User = serde_json::from_value(document).unwrap();
    assert_eq!(user, Story::with_code().user);
}

#[test]
fn an_email_code_is_returned_to_whoever_may_read_it_even_for_one_who_is_locked() {
    let mut story = standing(Standing::Locked);
    let decision = story.accept(&crate::emails::set_email(
        "eve@example.com",
        EmailVerification::ReturnCode,
    ));
    assert!(decision.reply.unwrap().email_code.is_some());
    assert!(matches!(decision.events[0], Event::EmailChanged { .. }));
}
