use ringtrue_core::{
    EmailAddress,
    user::{Command, PhoneChange, ProfileChanges, UserChanges},
};
use ringtrue_proto::user::v2::{
    UpdateUserRequest, UpdateUserResponse,
    update_user_request::{Human, Machine, UserType, human::Profile},
};

use super::{Method, human, parts};
use crate::{
    app::App,
    authenticate::Caller,
    error::Failure,
    surface::Version,
    validate::{Invalid, id, runes, runes_at_most},
};

const MESSAGE: &str = "UpdateUserRequest";

/// `PATCH /v2/users/{user_id}`, of version 2 alone.
pub(super) struct UpdateUser;

impl Method for UpdateUser {
    const NAME: &'static str = "UpdateUser";
    type Request = UpdateUserRequest;
    type Response = UpdateUserResponse;

    fn name_user(request: &mut UpdateUserRequest, user: String) {
        request.user_id = user;
    }

    fn validate(request: &UpdateUserRequest, version: Version) -> Result<(), Invalid> {
        id(MESSAGE, "UserId", &request.user_id)?;
        if let Some(username) = &request.username {
            runes(MESSAGE, "Username", username, (1, 200))?;
        }
        match &request.user_type {
            Some(UserType::Human(human)) => {
                validate_human(human, version).map_err(|inner| inner.within(MESSAGE, "Human"))
            }
            Some(UserType::Machine(machine)) => {
                validate_machine(machine).map_err(|inner| inner.within(MESSAGE, "Machine"))
            }
            None => Ok(()),
        }
    }

    async fn call(
        app: &App,
        caller: &Caller,
        request: UpdateUserRequest,
    ) -> Result<UpdateUserResponse, Failure> {
        refuse_what_we_cannot_do(&request)?;
        let human = match request.user_type {
            Some(UserType::Human(human)) => human,
            Some(UserType::Machine(_)) | None => Human::default(),
        };
        let phone = match human.phone {
            // An empty number is one to remove, and there is nothing to prove of none.
            Some(phone) if phone.phone.is_empty() && phone.verification.is_some() => {
                return Err(Failure::RemovalVerified);
            }
            Some(phone) if phone.phone.is_empty() => Some(PhoneChange::Remove),
            Some(phone) => Some(PhoneChange::Set {
                number: app.users.phone_rules().parse(&phone.phone),
                verification: human::phone_verification(&phone),
            }),
            None => None,
        };
        let changes = UserChanges {
            username: request.username,
            profile: human.profile.map(changes),
            email: human.email.map(|email| {
                (
                    EmailAddress::parse(&email.email),
                    human::email_verification(&email),
                )
            }),
            phone,
        };
        let user = parts::user_id(MESSAGE, &request.user_id)?;
        let command = Command::Update(Box::new(changes));
        let outcome = app.users.execute(&caller.actor, &user, &command).await?;
        Ok(UpdateUserResponse {
            change_date: Some(parts::timestamp(outcome.details.changed_at)),
            email_code: outcome.email_code.map(|code| code.reveal().to_owned()),
            phone_code: outcome.phone_code.map(|code| code.reveal().to_owned()),
        })
    }
}

fn validate_human(human: &Human, version: Version) -> Result<(), Invalid> {
    const MESSAGE: &str = "UpdateUserRequest_Human";
    if let Some(profile) = &human.profile {
        validate_profile(profile).map_err(|inner| inner.within(MESSAGE, "Profile"))?;
    }
    if let Some(email) = &human.email {
        human::validate_email(email, version).map_err(|inner| inner.within(MESSAGE, "Email"))?;
    }
    match &human.phone {
        Some(phone) => human::validate_phone(phone).map_err(|inner| inner.within(MESSAGE, "Phone")),
        None => Ok(()),
    }
}

fn validate_profile(profile: &Profile) -> Result<(), Invalid> {
    const MESSAGE: &str = "UpdateUserRequest_Human_Profile";
    let texts = [
        ("GivenName", &profile.given_name, 200),
        ("FamilyName", &profile.family_name, 200),
        ("NickName", &profile.nick_name, 200),
        ("DisplayName", &profile.display_name, 200),
        ("PreferredLanguage", &profile.preferred_language, 10),
    ];
    for (field, value, max) in texts {
        if let Some(value) = value {
            runes(MESSAGE, field, value, (1, max))?;
        }
    }
    human::validate_gender(MESSAGE, profile.gender)
}

fn validate_machine(machine: &Machine) -> Result<(), Invalid> {
    const MESSAGE: &str = "UpdateUserRequest_Machine";
    let texts = [
        ("Name", &machine.name, 200),
        ("Description", &machine.description, 500),
    ];
    for (field, value, max) in texts {
        runes_at_most(MESSAGE, field, value.as_deref().unwrap_or_default(), max)?;
    }
    Ok(())
}

fn refuse_what_we_cannot_do(request: &UpdateUserRequest) -> Result<(), Failure> {
    let (human, machine) = match &request.user_type {
        Some(UserType::Human(human)) => (Some(human), false),
        Some(UserType::Machine(_)) => (None, true),
        None => (None, false),
    };
    parts::refuse_unsupported(
        MESSAGE,
        [
            ("machine", machine),
            (
                "human.email.send_code",
                human::asks_for_mail(human.and_then(|human| human.email.as_ref())),
            ),
            (
                "human.password",
                human.is_some_and(|human| human.password.is_some()),
            ),
            ("metadata", !request.metadata.is_empty()),
        ],
    )
}

fn changes(profile: Profile) -> ProfileChanges {
    ProfileChanges {
        given_name: profile.given_name,
        family_name: profile.family_name,
        nick_name: profile.nick_name,
        display_name: profile.display_name,
        preferred_language: profile.preferred_language,
        gender: human::gender(profile.gender),
    }
}
