use time::OffsetDateTime;

use super::{
    Account, Command, Delivery, EmailVerification, Event, IssuedCode, NewUser, Phone, Refusal, User,
    Verification, evolve,
};
use crate::{
    CodeId, UserId,
    code::{Code, CodePolicy, Lock},
    keys::{CodeBinding, KeyRing, Purpose},
    phone_number::PhoneNumber,
};

/// A code that was drawn for a command that may need one.
#[derive(Debug, Clone)]
pub struct Drawn {
    /// The drawing.
    pub id: CodeId,
    /// The code.
    pub code: Code,
}

/// What a decision needs to know of the world, gathered before it.
#[derive(Debug)]
pub struct Facts<'a> {
    /// Whose state it is.
    pub user: &'a UserId,
    /// Now.
    pub now: OffsetDateTime,
    /// A code for the phone, if the command may issue one.
    pub phone_code: Option<Drawn>,
    /// A code for the e-mail address, if the command may issue one.
    pub email_code: Option<Drawn>,
    /// What codes are hashed with.
    pub keys: &'a KeyRing,
    /// The rules that codes live by.
    pub policy: &'a CodePolicy,
}

/// What a command comes to: what happened, what is to be sent, and what the caller is told. A refusal can come with
/// events, and then both hold: a wrong code is refused *and* recorded.
#[derive(Debug)]
pub struct Decision {
    /// What happened, in order.
    pub events: Vec<Event>,
    /// The code to send.
    pub message: Option<CodeMessage>,
    /// The answer.
    pub reply: Result<Reply, Refusal>,
}

/// A code on its way to a phone.
#[derive(Debug, Clone)]
pub struct CodeMessage {
    /// Where to.
    pub to: PhoneNumber,
    /// The drawing.
    pub id: CodeId,
    /// The code.
    pub code: Code,
    /// When it expires.
    pub expires_at: OffsetDateTime,
}

/// What a successful command gives back besides the user's new place in history.
#[derive(Debug, Default)]
pub struct Reply {
    /// The phone code that the caller asked to read.
    pub phone_code: Option<Code>,
    /// The e-mail code that the caller asked to read.
    pub email_code: Option<Code>,
}

impl Decision {
    fn refuse(refusal: Refusal) -> Self {
        Self {
            events: Vec::new(),
            message: None,
            reply: Err(refusal),
        }
    }

    fn event(event: Event) -> Self {
        Self {
            events: vec![event],
            message: None,
            reply: Ok(Reply::default()),
        }
    }

    /// The user after what was decided.
    #[must_use]
    pub fn applied_to(&self, user: &User) -> User {
        self.events.iter().fold(user.clone(), evolve)
    }
}

/// The rule: what `command` comes to for `user`. Permission has been given; nothing here depends on who asks.
///
/// The order of checks is that of `contract.md` 3.2: existence, then the number, then whether anything changes.
#[must_use]
pub fn decide(user: &User, command: &Command, facts: &Facts<'_>) -> Decision {
    let decided = match (user, command) {
        (User::Active(_), Command::Create(_)) => Err(Refusal::UserExists),
        (User::Absent | User::Removed, Command::Create(new)) => Ok(create(new, facts)),
        (User::Active(account), command) => change(account, command, facts),
        (User::Absent | User::Removed, command) => Err(Refusal::UserMissing(command.missing())),
    };
    decided.unwrap_or_else(Decision::refuse)
}

fn change(account: &Account, command: &Command, facts: &Facts<'_>) -> Result<Decision, Refusal> {
    match command {
        Command::Create(_) => Err(Refusal::UserExists),
        Command::Delete => Ok(Decision::event(Event::UserRemoved)),
        Command::SetPhone { number, verification } => set_phone(
            account,
            number.as_ref().map_err(|error| Refusal::PhoneUnusable(*error))?,
            *verification,
            facts,
        ),
        Command::ResendCode { delivery } => resend(account, *delivery, facts),
        Command::VerifyPhone { code } => verify(account, code, facts),
        Command::RemovePhone if account.phone.is_none() => Err(Refusal::PhoneMissing),
        Command::RemovePhone => Ok(Decision::event(Event::PhoneRemoved)),
    }
}

fn create(new: &NewUser, facts: &Facts<'_>) -> Decision {
    let mut decision = Decision::event(Event::UserAdded {
        organization: new.organization.clone(),
        username: new.username.clone(),
        profile: new.profile.clone(),
        email: new.email.clone(),
        phone: new.phone.as_ref().map(|(number, _)| number.clone()),
        created_at: facts.now,
    });
    let mut reply = Reply::default();
    match (new.email_verification, &facts.email_code) {
        (EmailVerification::Vouched, _) => decision.events.push(Event::EmailVerified),
        (EmailVerification::ReturnCode, Some(drawn)) => {
            let code = issue(drawn, Purpose::Email, new.email.as_str(), facts);
            decision.events.push(Event::EmailCodeIssued { code });
            reply.email_code = Some(drawn.code.clone());
        }
        (EmailVerification::ReturnCode | EmailVerification::Unverified, _) => {}
    }
    if let Some((number, verification)) = &new.phone {
        prove(number, *verification, facts, &mut decision, &mut reply);
    }
    decision.reply = Ok(reply);
    decision
}

fn set_phone(
    account: &Account,
    number: &PhoneNumber,
    verification: Verification,
    facts: &Facts<'_>,
) -> Result<Decision, Refusal> {
    if account
        .phone
        .as_ref()
        .is_some_and(|phone| phone.number == *number)
    {
        return Err(Refusal::PhoneUnchanged);
    }
    if let Verification::ByCode(_) = verification {
        ensure_code_would_be_usable(account, facts)?;
    }
    let mut decision = Decision::event(Event::PhoneChanged {
        phone: number.clone(),
    });
    let mut reply = Reply::default();
    prove(number, verification, facts, &mut decision, &mut reply);
    decision.reply = Ok(reply);
    Ok(decision)
}

fn resend(account: &Account, delivery: Delivery, facts: &Facts<'_>) -> Result<Decision, Refusal> {
    // An expired code, or one that failures have killed, can be sent anew; one that was used cannot.
    let Some(Phone {
        number,
        code: Some(_),
        ..
    }) = &account.phone
    else {
        return Err(Refusal::NoCodeOutstanding);
    };
    ensure_code_would_be_usable(account, facts)?;
    let mut decision = Decision {
        events: Vec::new(),
        message: None,
        reply: Ok(Reply::default()),
    };
    let mut reply = Reply::default();
    prove(
        number,
        Verification::ByCode(delivery),
        facts,
        &mut decision,
        &mut reply,
    );
    decision.reply = Ok(reply);
    Ok(decision)
}

fn verify(account: &Account, typed: &Code, facts: &Facts<'_>) -> Result<Decision, Refusal> {
    if let Some(lock) = account.lock.filter(|lock| lock.holds_at(facts.now)) {
        return Err(Refusal::TooManyFailures(lock));
    }
    // Without a live code there is nothing to guess, so that nothing is counted: a second tap on "verify" costs nobody
    // an attempt.
    let live = account
        .phone
        .as_ref()
        .and_then(|phone| Some((phone, phone.code.as_ref()?)));
    let Some((phone, issued)) = live.filter(|(_, issued)| facts.now < issued.expires_at) else {
        return Err(Refusal::CodeInvalid);
    };
    let digest = issued.digest.as_ref().ok_or(Refusal::CodeInvalid)?;
    let binding = bind(Purpose::Phone, phone.number.as_str(), issued.id, facts);
    if facts.keys.code_matches(digest, binding, typed) {
        return Ok(Decision::event(Event::PhoneVerified));
    }
    let lock = facts.policy.lock_after(account.failures + 1, facts.now);
    Ok(Decision {
        reply: Err(Refusal::CodeInvalid),
        ..Decision::event(Event::VerificationFailed { lock })
    })
}

/// A code that would expire before its user may try it would be paid for and worthless.
fn ensure_code_would_be_usable(account: &Account, facts: &Facts<'_>) -> Result<(), Refusal> {
    let expires_at = facts.now + facts.policy.lifetime;
    match account.lock {
        Some(lock @ Lock::Until(end)) if end >= expires_at => Err(Refusal::TooManyFailures(lock)),
        Some(lock @ Lock::UntilReset) => Err(Refusal::TooManyFailures(lock)),
        _ => Ok(()),
    }
}

/// Adds what proves a number: the caller's word, or a new code, sent or returned.
fn prove(
    number: &PhoneNumber,
    verification: Verification,
    facts: &Facts<'_>,
    decision: &mut Decision,
    reply: &mut Reply,
) {
    match (verification, &facts.phone_code) {
        (Verification::Vouched, _) => decision.events.push(Event::PhoneVerified),
        (Verification::ByCode(delivery), Some(drawn)) => {
            let code = issue(drawn, Purpose::Phone, number.as_str(), facts);
            let expires_at = code.expires_at;
            decision.events.push(Event::CodeIssued {
                code,
                returned: delivery == Delivery::Return,
            });
            match delivery {
                Delivery::Return => reply.phone_code = Some(drawn.code.clone()),
                Delivery::Send => {
                    let (id, code) = (drawn.id, drawn.code.clone());
                    decision.message = Some(CodeMessage {
                        to: number.clone(),
                        id,
                        code,
                        expires_at,
                    });
                }
            }
        }
        (Verification::ByCode(_), None) => {}
    }
}

fn issue(drawn: &Drawn, purpose: Purpose, target: &str, facts: &Facts<'_>) -> IssuedCode {
    let digest = facts
        .keys
        .hash_code(bind(purpose, target, drawn.id, facts), &drawn.code);
    IssuedCode {
        id: drawn.id,
        expires_at: facts.now + facts.policy.lifetime,
        digest: Some(digest),
    }
}

fn bind<'a>(purpose: Purpose, target: &'a str, code: CodeId, facts: &Facts<'a>) -> CodeBinding<'a> {
    CodeBinding {
        purpose,
        user: facts.user,
        target,
        code,
    }
}
