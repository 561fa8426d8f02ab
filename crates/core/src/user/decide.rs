use time::OffsetDateTime;

use super::{
    Account, Command, Delivery, Event, NewUser, PhoneChange, Refusal, Standing, User, UserChanges,
    contact::Address, proof,
};
use crate::{
    Channel, CodeId, UserId,
    code::{Code, CodePolicy},
    keys::KeyRing,
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

impl Facts<'_> {
    pub(super) fn drawn(&self, channel: Channel) -> Option<&Drawn> {
        match channel {
            Channel::Phone => self.phone_code.as_ref(),
            Channel::Email => self.email_code.as_ref(),
        }
    }
}

impl Reply {
    pub(super) fn give(&mut self, channel: Channel, code: Code) {
        match channel {
            Channel::Phone => self.phone_code = Some(code),
            Channel::Email => self.email_code = Some(code),
        }
    }
}

impl Decision {
    fn refuse(refusal: Refusal) -> Self {
        Self {
            events: Vec::new(),
            message: None,
            reply: Err(refusal),
        }
    }
}

/// A decision in the making: what has been granted so far.
#[derive(Debug, Default)]
pub(super) struct Granted {
    pub(super) events: Vec<Event>,
    pub(super) message: Option<CodeMessage>,
    pub(super) reply: Reply,
}

impl Granted {
    fn event(event: Event) -> Self {
        Self {
            events: vec![event],
            ..Self::default()
        }
    }
}

impl From<Granted> for Decision {
    fn from(granted: Granted) -> Self {
        Self {
            events: granted.events,
            message: granted.message,
            reply: Ok(granted.reply),
        }
    }
}

/// The rule: what `command` comes to for `user`. Permission has been given; nothing here depends on who asks.
///
/// The order of checks is that of `contract.md` 3.2: existence, then the number, then whether anything changes.
#[must_use]
pub fn decide(user: &User, command: &Command, facts: &Facts<'_>) -> Decision {
    let decided = match (user, command) {
        (User::Absent | User::Removed, Command::Create(new)) => Ok(create(new, facts).into()),
        (User::Absent | User::Removed, command) => Err(Refusal::UserMissing(command.missing())),
        (User::Present(account), command) => change(account, command, facts),
    };
    decided.unwrap_or_else(Decision::refuse)
}

fn change(account: &Account, command: &Command, facts: &Facts<'_>) -> Result<Decision, Refusal> {
    let granted = match command {
        Command::Create(_) => Err(Refusal::UserExists),
        Command::Delete => Ok(Granted::event(Event::UserRemoved)),
        Command::Deactivate | Command::Reactivate | Command::Lock | Command::Unlock => {
            stand(account.standing, command).map(Granted::event)
        }
        Command::Update(changes) => update(account, changes, facts),
        Command::SetPhone { number, verification } => {
            let number = number.as_ref().map_err(|error| Refusal::PhoneUnusable(*error))?;
            proof::set(account, Address::Phone(number), Some(*verification), facts)
        }
        Command::SetEmail {
            address,
            verification,
        } => {
            let address = address
                .as_ref()
                .map_err(|error| Refusal::EmailUnusable(error.clone()))?;
            proof::set(
                account,
                Address::Email(address),
                verification.verification(),
                facts,
            )
        }
        Command::ResendCode { delivery } => proof::resend(account, Channel::Phone, *delivery, facts),
        Command::ResendEmailCode => proof::resend(account, Channel::Email, Delivery::Return, facts),
        Command::RemovePhone if account.phone.is_none() => Err(Refusal::PhoneMissing),
        Command::RemovePhone => Ok(Granted::event(Event::PhoneRemoved)),
        Command::VerifyPhone { code } => return proof::verify(account, Channel::Phone, code, facts),
        Command::VerifyEmail { code } => return proof::verify(account, Channel::Email, code, facts),
    };
    granted.map(Decision::from)
}

/// Who may be moved where (`contract.md` 3.4): a locked user can be deactivated, and reactivating does not lock again.
fn stand(standing: Standing, command: &Command) -> Result<Event, Refusal> {
    match (command, standing) {
        (Command::Deactivate, Standing::Inactive) => Err(Refusal::AlreadyInactive),
        (Command::Deactivate, Standing::Active | Standing::Locked) => Ok(Event::UserDeactivated),
        (Command::Reactivate, Standing::Inactive) => Ok(Event::UserReactivated),
        (Command::Reactivate, Standing::Active | Standing::Locked) => Err(Refusal::NotInactive),
        (Command::Lock, Standing::Active) => Ok(Event::UserLocked),
        (Command::Lock, Standing::Inactive | Standing::Locked) => Err(Refusal::NotActive),
        (_, Standing::Locked) => Ok(Event::UserUnlocked),
        (_, Standing::Active | Standing::Inactive) => Err(Refusal::NotLocked),
    }
}

fn create(new: &NewUser, facts: &Facts<'_>) -> Granted {
    let mut granted = Granted::event(Event::UserAdded {
        organization: new.organization.clone(),
        username: new.username.clone(),
        profile: new.profile.clone(),
        email: new.email.clone(),
        phone: new.phone.as_ref().map(|(number, _)| number.clone()),
        created_at: facts.now,
    });
    if let Some(verification) = new.email_verification.verification() {
        proof::prove(Address::Email(&new.email), verification, facts, &mut granted);
    }
    if let Some((number, verification)) = &new.phone {
        proof::prove(Address::Phone(number), *verification, facts, &mut granted);
    }
    granted
}

/// All changes or none, in the peer's order. What would change nothing is no event.
fn update(account: &Account, changes: &UserChanges, facts: &Facts<'_>) -> Result<Granted, Refusal> {
    let mut granted = Granted::default();
    if let Some(username) = changes
        .username
        .as_ref()
        .filter(|name| **name != account.username)
    {
        granted.events.push(Event::UsernameChanged {
            username: username.clone(),
        });
    }
    if let Some(changes) = &changes.profile {
        let profile = changes.applied_to(&account.profile)?;
        if profile != account.profile {
            granted.events.push(Event::ProfileChanged { profile });
        }
    }
    if let Some((address, verification)) = &changes.email {
        let address = address
            .as_ref()
            .map_err(|error| Refusal::EmailUnusable(error.clone()))?;
        let verification = verification.verification();
        proof::update(
            account,
            Address::Email(address),
            verification,
            facts,
            &mut granted,
        )?;
    }
    match &changes.phone {
        None => {}
        // The peer writes this even where there is no phone (`contract.md` 3.5).
        Some(PhoneChange::Remove) => granted.events.push(Event::PhoneRemoved),
        Some(PhoneChange::Set { number, verification }) => {
            let number = number.as_ref().map_err(|error| Refusal::PhoneUnusable(*error))?;
            proof::update(
                account,
                Address::Phone(number),
                Some(*verification),
                facts,
                &mut granted,
            )?;
        }
    }
    Ok(granted)
}
