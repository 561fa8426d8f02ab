//! The use cases of users: authorise, gather facts, load, decide, commit, reply.

mod search;

use std::sync::Arc;

use time::OffsetDateTime;

use crate::{
    Channel, CodeId, CommitId, EmailAddress, MessageId, OrgId, UserId,
    access::{Actor, Oneself, Permission, Requirement, Subject, Verdict, permits, permits_in},
    code::{Code, CodePolicy},
    idempotency::{Attempt, Call},
    keys::{KeyRing, SealError},
    message::OutboxMessage,
    phone_number::PhoneRules,
    port::{
        Clock, CodeSource, Commit, CommitOutcome, DeliverySignal, IdSource, Storage, StoreError, Versioned,
    },
    user::{
        Claim, ClaimChanges, ClaimKind, CodeMessage, Command, Decision, Drawn, EmailVerification, Event,
        Facts, Missing, NewUser, PhoneUniqueness, Profile, Refusal, Reply, User, Verification, decide,
        evolve,
    },
};

pub use search::{FoundUsers, UserQuery};

/// How often a decision is made anew after another commit came first.
const ATTEMPTS_MAX: u32 = 32;

/// The rules that an operator sets.
#[derive(Debug, Clone)]
pub struct Settings {
    /// What becomes a telephone number.
    pub phone: PhoneRules,
    /// How codes live.
    pub code: CodePolicy,
    /// How far one verified number stands for one user.
    pub verified_phones: PhoneUniqueness,
    /// The organisation of whoever names none.
    pub default_organization: OrgId,
}

/// Where a user stands after a call (`contract.md` 3.6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Details {
    /// The sequence of the last event.
    pub sequence: u64,
    /// When it happened.
    pub changed_at: OffsetDateTime,
    /// The organisation that owns the user.
    pub organization: OrgId,
}

/// What a call that succeeded gives back.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The user that it was about, whose id may have been drawn.
    pub user: UserId,
    /// Where the user stands now.
    pub details: Details,
    /// The phone code that the caller asked to read.
    pub phone_code: Option<Code>,
    /// The e-mail code that the caller asked to read.
    pub email_code: Option<Code>,
}

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The rules refuse it.
    #[error("the call was refused")]
    Refused(Refusal),
    /// Other calls for the same user kept coming first.
    #[error("too many concurrent changes of one user")]
    Contended,
    /// The store could not serve it.
    #[error("storage could not serve the call")]
    Store(#[from] StoreError),
    /// A message or an answer could not be sealed, or an answer not be opened.
    #[error("could not seal or open a message or an answer")]
    Seal(#[from] SealError),
}

/// A user as a caller asks for one; see [`NewUser`] for what becomes of it.
#[derive(Debug, Clone)]
pub struct NewUserRequest {
    /// The id that the caller chose.
    pub id: Option<UserId>,
    /// Which organisation is to own the user.
    pub organization: OrgChoice,
    /// The unique name; the e-mail address if absent.
    pub username: Option<String>,
    /// What people see; a blank display name becomes "given family".
    pub profile: Profile,
    /// The e-mail address as typed.
    pub email: String,
    /// How it is to be proven.
    pub email_verification: EmailVerification,
    /// The phone as typed and how it is to be proven; blank means none.
    pub phone: Option<(String, Verification)>,
}

/// The organisation that a new user is to belong to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OrgChoice {
    /// This one.
    Named(OrgId),
    /// The caller's.
    Callers,
}

/// The use cases of users.
#[derive(Clone)]
pub struct Users {
    storage: Storage,
    clock: Arc<dyn Clock>,
    codes: Arc<dyn CodeSource>,
    ids: Arc<dyn IdSource>,
    signal: Arc<dyn DeliverySignal>,
    keys: Arc<KeyRing>,
    settings: Settings,
    /// The call under whose key all this happens, if it has one.
    call: Option<Arc<Call>>,
}

impl Users {
    /// Puts the use cases on their ports.
    #[must_use]
    pub fn new(
        storage: Storage,
        clock: Arc<dyn Clock>,
        codes: Arc<dyn CodeSource>,
        ids: Arc<dyn IdSource>,
        signal: Arc<dyn DeliverySignal>,
        keys: Arc<KeyRing>,
        settings: Settings,
    ) -> Self {
        Self {
            storage,
            clock,
            codes,
            ids,
            signal,
            keys,
            settings,
            call: None,
        }
    }

    /// The same use cases for one call that has a key: what it is answered is committed with what it changes, and if it
    /// was answered before, it is answered so again and changes nothing. One call is one use case that writes.
    #[must_use]
    pub fn under(&self, call: Arc<Call>) -> Self {
        Self {
            call: Some(call),
            ..self.clone()
        }
    }

    /// The rules by which texts become telephone numbers here.
    #[must_use]
    pub fn phone_rules(&self) -> &PhoneRules {
        &self.settings.phone
    }

    /// Reads a user: oneself, or with `user.read`.
    pub async fn get(&self, actor: &Actor, id: &UserId) -> Result<Versioned<User>, Error> {
        let requirement = Requirement {
            permission: Permission::UserRead,
            oneself: Oneself::Suffices,
        };
        let user = self.load(id).await?;
        authorise(actor, requirement, id, &user.value, Missing::ToRead)?;
        if user.value.account().is_none() {
            return Err(Error::Refused(Refusal::UserMissing(Missing::ToRead)));
        }
        Ok(user)
    }

    /// Creates a user, with `user.write` in the organisation.
    pub async fn create(&self, actor: &Actor, request: NewUserRequest) -> Result<Outcome, Error> {
        Call::once(self.call.as_deref(), self.create_now(actor, request)).await
    }

    async fn create_now(&self, actor: &Actor, request: NewUserRequest) -> Result<Outcome, Error> {
        let organization = self.organization_for(actor, &request.organization).await?;
        // Before it is said whether the organisation exists.
        authorise_creation(actor, &organization)?;
        if self.storage.organizations.find(&organization).await?.is_none() {
            return Err(Error::Refused(Refusal::OrganizationMissing));
        }
        let id = request.id.clone();
        let new = self.checked(request, organization).map_err(Error::Refused)?;
        let command = Command::Create(Box::new(new));
        let Some(id) = id else {
            // A drawn id that is taken is nobody's fault: draw another.
            for _ in 0..ATTEMPTS_MAX {
                match self.run(actor, &self.ids.user_id(), &command).await {
                    Err(Error::Refused(Refusal::UserExists)) => {}
                    other => return other,
                }
            }
            return Err(Error::Contended);
        };
        self.run(actor, &id, &command).await
    }

    /// Carries out a command on a user who is there.
    pub async fn execute(&self, actor: &Actor, id: &UserId, command: &Command) -> Result<Outcome, Error> {
        Call::once(self.call.as_deref(), self.run(actor, id, command)).await
    }

    fn attempt(&self) -> Option<&Attempt> {
        self.call.as_deref().and_then(Call::attempt)
    }

    /// Load, decide, commit, until it holds.
    async fn run(&self, actor: &Actor, id: &UserId, command: &Command) -> Result<Outcome, Error> {
        let draw = |channel| {
            command.may_issue_code(channel).then(|| Drawn {
                id: CodeId::from_bytes(self.ids.random()),
                code: self.codes.draw(self.settings.code.shape),
            })
        };
        let facts = Facts {
            user: id,
            now: self.clock.now(),
            phone_code: draw(Channel::Phone),
            email_code: draw(Channel::Email),
            keys: &self.keys,
            policy: &self.settings.code,
        };
        for _ in 0..ATTEMPTS_MAX {
            let before = self.load(id).await?;
            match command {
                Command::Create(new) => authorise_creation(actor, &new.organization)?,
                _ => authorise(actor, command.requirement(), id, &before.value, command.missing())?,
            }
            let Decision {
                events,
                message,
                reply,
            } = decide(&before.value, command, &facts);
            if events.is_empty() {
                let (sequence, at) = (before.sequence, before.changed_at);
                let answer = self.answer(id, sequence, at, &before.value, reply);
                return answer.map_err(Error::Refused);
            }
            // Clocks of replicas differ: a user's history never runs backwards, and nobody decides by another's clock.
            let at = facts.now.max(before.changed_at);
            let mut commit = self.commit_of(actor, id, &before, events, message, at)?;
            // Who is gone was somebody's before.
            let held = commit.after.account().map_or(&before.value, |_| &commit.after);
            let answer = self.answer(id, commit.sequence(), commit.at, held, reply);
            if let Some(attempt) = self.attempt() {
                commit.reply = Some(attempt.reply(&answer)?);
            }
            match self.write(&commit).await? {
                CommitOutcome::Committed => {
                    if commit.message.is_some() {
                        self.signal.message_queued();
                    }
                    if let Some(attempt) = self.attempt() {
                        attempt.committed();
                    }
                    return answer.map_err(Error::Refused);
                }
                CommitOutcome::Answered => match self.attempt() {
                    Some(attempt) => return attempt.answer_of_another().await,
                    None => return Err(missing_row("a key to what it says was answered").into()),
                },
                CommitOutcome::Claimed(claim) => return Err(Error::Refused(taken(&claim))),
                CommitOutcome::Conflict => {}
            }
        }
        Err(Error::Contended)
    }

    /// What the events and the message of a decision write.
    fn commit_of(
        &self,
        actor: &Actor,
        id: &UserId,
        before: &Versioned<User>,
        events: Vec<Event>,
        message: Option<CodeMessage>,
        at: OffsetDateTime,
    ) -> Result<Commit, SealError> {
        let after = events.iter().fold(before.value.clone(), evolve);
        let ClaimChanges { take, release } =
            ClaimChanges::between(&before.value, &after, self.settings.verified_phones);
        let seal = |message: CodeMessage| {
            let message_id = MessageId::new(at, self.ids.random());
            OutboxMessage::seal(
                &self.keys,
                message_id,
                id,
                message.id,
                message.expires_at,
                &message.to,
                &message.code,
            )
        };
        let dead_code = before.value.live_code();
        Ok(Commit {
            id: CommitId::from_bytes(self.ids.random()),
            user: id.clone(),
            expected: before.sequence,
            events,
            at,
            editor: actor.subject.to_string(),
            take,
            release,
            message: message.map(seal).transpose()?,
            supersedes: dead_code.is_some() && dead_code != after.live_code(),
            erases: matches!(after, User::Removed),
            reply: None,
            after,
        })
    }

    /// Writes one commit. When the answer is lost, whether it was written is read back.
    async fn write(&self, commit: &Commit) -> Result<CommitOutcome, StoreError> {
        match self.storage.users.commit(std::slice::from_ref(commit)).await {
            Ok(mut outcomes) => outcomes.pop().ok_or_else(|| missing_row("an outcome per commit")),
            Err(lost @ StoreError::Unavailable(_)) => match self.load(&commit.user).await {
                Ok(now) if now.last_commit == Some(commit.id) => Ok(CommitOutcome::Committed),
                _ => Err(lost),
            },
            Err(other) => Err(other),
        }
    }

    async fn load(&self, id: &UserId) -> Result<Versioned<User>, StoreError> {
        let mut found = self.storage.users.load(std::slice::from_ref(id)).await?;
        found.pop().ok_or_else(|| missing_row("a value per user"))
    }

    /// What the caller is told. `held` is the user while somebody's, from which the owner is read.
    fn answer(
        &self,
        id: &UserId,
        sequence: u64,
        changed_at: OffsetDateTime,
        held: &User,
        reply: Result<Reply, Refusal>,
    ) -> Result<Outcome, Refusal> {
        let Reply {
            phone_code,
            email_code,
        } = reply?;
        let owner = held.account().map(|account| account.organization.clone());
        let organization = owner.unwrap_or_else(|| self.settings.default_organization.clone());
        let details = Details {
            sequence,
            changed_at,
            organization,
        };
        Ok(Outcome {
            user: id.clone(),
            details,
            phone_code,
            email_code,
        })
    }

    /// The organisation that was named, else the caller's own, else the default one.
    async fn organization_for(&self, actor: &Actor, choice: &OrgChoice) -> Result<OrgId, StoreError> {
        if let OrgChoice::Named(id) = choice {
            return Ok(id.clone());
        }
        if let Subject::User(id) = &actor.subject
            && let Some(account) = self.load(id).await?.value.account()
        {
            return Ok(account.organization.clone());
        }
        Ok(actor
            .only_organization()
            .unwrap_or(&self.settings.default_organization)
            .clone())
    }

    /// Checks what a caller typed, in the order of `contract.md` 3.4.
    fn checked(&self, request: NewUserRequest, organization: OrgId) -> Result<NewUser, Refusal> {
        let email = EmailAddress::parse(&request.email).map_err(Refusal::EmailUnusable)?;
        let profile = request.profile.checked()?;
        let phone = match request.phone.filter(|(typed, _)| !typed.is_empty()) {
            Some((typed, verification)) => Some((
                self.settings
                    .phone
                    .parse(&typed)
                    .map_err(Refusal::PhoneUnusable)?,
                verification,
            )),
            None => None,
        };
        let username = request.username.unwrap_or_else(|| email.as_str().to_owned());
        let email_verification = request.email_verification;
        Ok(NewUser {
            organization,
            username,
            profile,
            email,
            email_verification,
            phone,
        })
    }
}

fn authorise(
    actor: &Actor,
    requirement: Requirement,
    id: &UserId,
    user: &User,
    missing: Missing,
) -> Result<(), Error> {
    let organization = user.account().map(|account| &account.organization);
    match permits(actor, requirement, id, organization) {
        Verdict::Granted => Ok(()),
        Verdict::Denied => Err(Error::Refused(Refusal::PermissionDenied)),
        Verdict::Hidden => Err(Error::Refused(Refusal::UserMissing(missing))),
    }
}

fn authorise_creation(actor: &Actor, organization: &OrgId) -> Result<(), Error> {
    if permits_in(actor, Permission::UserWrite, organization) {
        Ok(())
    } else {
        Err(Error::Refused(Refusal::PermissionDenied))
    }
}

/// What it means that another user holds a name.
const fn taken(claim: &Claim) -> Refusal {
    match claim.kind {
        ClaimKind::Username => Refusal::UsernameTaken,
        ClaimKind::VerifiedPhone => Refusal::PhoneTaken,
    }
}

/// A store that broke its contract.
fn missing_row(what: &'static str) -> StoreError {
    StoreError::Rejected(format!("the store did not give {what}").into())
}
