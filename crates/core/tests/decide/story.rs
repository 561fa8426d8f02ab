//! A user, and the world around one, moved by commands.

use ringtrue_core::{
    Channel, CodeId, EmailAddress, OrgId, UserId,
    code::{Code, CodePolicy},
    keys::{Key, KeyRing},
    phone_number::PhoneNumber,
    user::{
        Account, Command, Decision, Delivery, Drawn, EmailVerification, Event, Facts, NewUser, Profile,
        Refusal, User, Verification, decide, evolve,
    },
};
use time::{OffsetDateTime, macros::datetime};

pub(crate) const NOON: OffsetDateTime = datetime!(2026-01-01 12:00 UTC);
pub(crate) const RIGHT: &str = "004711";
pub(crate) const WRONG: &str = "000000";
pub(crate) const NUMBER: &str = "+41791234567";
pub(crate) const OTHER_NUMBER: &str = "+41791234568";

/// A user, and the world around one.
pub(crate) struct Story {
    id: UserId,
    pub(crate) user: User,
    pub(crate) now: OffsetDateTime,
    pub(crate) keys: KeyRing,
    pub(crate) policy: CodePolicy,
    drawn: u8,
}

impl Story {
    pub(crate) fn absent() -> Self {
        let keys = KeyRing::new(vec![Key::new("k1", [7; 32])]).unwrap();
        let (id, policy) = (UserId::parse("ada").unwrap(), CodePolicy::default());
        Self {
            id,
            user: User::Absent,
            now: NOON,
            keys,
            policy,
            drawn: 0,
        }
    }

    /// A user without a phone.
    pub(crate) fn created() -> Self {
        let mut story = Self::absent();
        story.accept(&create(None));
        story
    }

    /// A user with a number to prove and its code, which is `RIGHT`, on its way.
    pub(crate) fn with_code() -> Self {
        let mut story = Self::created();
        story.accept(&set_phone(NUMBER, Verification::ByCode(Delivery::Send)));
        story
    }

    pub(crate) fn ask(&mut self, command: &Command) -> Decision {
        self.drawn += 1;
        let drawn = Drawn {
            id: CodeId::from_bytes([self.drawn; 16]),
            code: Code::new(RIGHT),
        };
        let facts = Facts {
            user: &self.id,
            now: self.now,
            phone_code: Some(drawn.clone()),
            email_code: Some(drawn),
            keys: &self.keys,
            policy: &self.policy,
        };
        let decision = decide(&self.user, command, &facts);
        self.user = decision.events.iter().fold(self.user.clone(), evolve);
        decision
    }

    pub(crate) fn accept(&mut self, command: &Command) -> Decision {
        let decision = self.ask(command);
        assert!(
            decision.reply.is_ok(),
            "{command:?} is refused: {:?}",
            decision.reply
        );
        decision
    }

    pub(crate) fn refusal(&mut self, command: &Command) -> Refusal {
        self.ask(command).reply.unwrap_err()
    }

    pub(crate) fn fail(&mut self, times: u32) {
        for _ in 0..times {
            assert_eq!(self.refusal(&verify(WRONG)), Refusal::CodeInvalid(Channel::Phone));
        }
    }

    pub(crate) fn verified(&self) -> bool {
        self.user.phone().is_some_and(|phone| phone.verified)
    }

    pub(crate) fn failures(&self) -> u32 {
        self.user.account().map_or(0, Account::failures)
    }
}

pub(crate) fn number(text: &str) -> PhoneNumber {
    PhoneNumber::from_stored(text.to_owned())
}

pub(crate) fn create(phone: Option<(&str, Verification)>) -> Command {
    let profile = Profile {
        given_name: "Ada".to_owned(),
        family_name: "Lovelace".to_owned(),
        nick_name: None,
        display_name: "Ada Lovelace".to_owned(),
        preferred_language: None,
        gender: None,
    };
    Command::Create(Box::new(NewUser {
        organization: OrgId::parse("org").unwrap(),
        username: "ada".to_owned(),
        profile,
        email: EmailAddress::parse("ada@example.com").unwrap(),
        email_verification: EmailVerification::Unverified,
        phone: phone.map(|(text, verification)| (number(text), verification)),
    }))
}

pub(crate) fn set_phone(text: &str, verification: Verification) -> Command {
    Command::SetPhone {
        number: Ok(number(text)),
        verification,
    }
}

pub(crate) fn verify(code: &str) -> Command {
    Command::VerifyPhone {
        code: Code::new(code),
    }
}

pub(crate) const SEND: Verification = Verification::ByCode(Delivery::Send);
pub(crate) const RETURN: Verification = Verification::ByCode(Delivery::Return);
pub(crate) const RESEND: Command = Command::ResendCode {
    delivery: Delivery::Send,
};

pub(crate) fn kinds(decision: &Decision) -> Vec<&'static str> {
    decision.events.iter().map(Event::kind).collect()
}
