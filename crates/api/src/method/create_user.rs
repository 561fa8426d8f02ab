use ringtrue_core::{NewUserRequest, OrgChoice};
use ringtrue_proto::user::v2::{
    CreateUserRequest, CreateUserResponse,
    create_user_request::{Human, Machine, UserType, human::PasswordType},
};

use super::{Method, human, parts};
use crate::{
    app::App,
    authenticate::Caller,
    error::Failure,
    surface::Version,
    validate::{Invalid, id, required, runes},
};

const MESSAGE: &str = "CreateUserRequest";

/// `POST /v2/users/new`, of version 2 alone.
pub(super) struct CreateUser;

impl Method for CreateUser {
    const NAME: &'static str = "CreateUser";
    type Request = CreateUserRequest;
    type Response = CreateUserResponse;

    fn validate(request: &CreateUserRequest, version: Version) -> Result<(), Invalid> {
        id(MESSAGE, "OrganizationId", &request.organization_id)?;
        if let Some(user) = &request.user_id {
            id(MESSAGE, "UserId", user)?;
        }
        if let Some(username) = &request.username {
            runes(MESSAGE, "Username", username, (1, 200))?;
        }
        match required(MESSAGE, "UserType", request.user_type.as_ref())? {
            UserType::Human(human) => {
                validate_human(human, version).map_err(|inner| inner.within(MESSAGE, "Human"))
            }
            UserType::Machine(machine) => {
                validate_machine(machine).map_err(|inner| inner.within(MESSAGE, "Machine"))
            }
        }
    }

    async fn call(
        app: &App,
        caller: &Caller,
        request: CreateUserRequest,
    ) -> Result<CreateUserResponse, Failure> {
        refuse_what_we_cannot_do(&request)?;
        // Anything else was refused.
        let human = match request.user_type {
            Some(UserType::Human(human)) => human,
            Some(UserType::Machine(_)) | None => Human::default(),
        };
        let email = human.email.unwrap_or_default();
        let new = NewUserRequest {
            id: request
                .user_id
                .map(|id| parts::user_id(MESSAGE, &id))
                .transpose()?,
            organization: OrgChoice::Named(parts::organization_id(MESSAGE, &request.organization_id)?),
            username: request.username,
            profile: human::profile(human.profile.unwrap_or_default()),
            email_verification: human::email_verification(&email),
            email: email.email,
            phone: human.phone.map(|phone| {
                let verification = human::phone_verification(&phone);
                (phone.phone, verification)
            }),
        };
        let outcome = app.users.create(&caller.actor, new).await?;
        Ok(CreateUserResponse {
            id: outcome.user.as_str().to_owned(),
            creation_date: Some(parts::timestamp(outcome.details.changed_at)),
            email_code: outcome.email_code.map(|code| code.reveal().to_owned()),
            phone_code: outcome.phone_code.map(|code| code.reveal().to_owned()),
        })
    }
}

fn validate_human(human: &Human, version: Version) -> Result<(), Invalid> {
    const MESSAGE: &str = "CreateUserRequest_Human";
    let profile = required(MESSAGE, "Profile", human.profile.as_ref())?;
    human::validate_profile(profile).map_err(|inner| inner.within(MESSAGE, "Profile"))?;
    let email = required(MESSAGE, "Email", human.email.as_ref())?;
    human::validate_email(email, version).map_err(|inner| inner.within(MESSAGE, "Email"))?;
    match &human.phone {
        Some(phone) => human::validate_phone(phone).map_err(|inner| inner.within(MESSAGE, "Phone")),
        None => Ok(()),
    }
}

fn validate_machine(machine: &Machine) -> Result<(), Invalid> {
    const MESSAGE: &str = "CreateUserRequest_Machine";
    runes(MESSAGE, "Name", &machine.name, (1, 200))?;
    match &machine.description {
        Some(description) => runes(MESSAGE, "Description", description, (1, 500)),
        None => Ok(()),
    }
}

fn refuse_what_we_cannot_do(request: &CreateUserRequest) -> Result<(), Failure> {
    let human = match &request.user_type {
        Some(UserType::Human(human)) => Some(human),
        Some(UserType::Machine(_)) | None => None,
    };
    let password = human.and_then(|human| human.password_type.as_ref());
    parts::refuse_unsupported(
        MESSAGE,
        [
            ("machine", human.is_none()),
            (
                "human.email.send_code",
                human::asks_for_mail(human.and_then(|human| human.email.as_ref())),
            ),
            (
                "human.password",
                matches!(password, Some(PasswordType::Password(_))),
            ),
            (
                "human.hashed_password",
                matches!(password, Some(PasswordType::HashedPassword(_))),
            ),
            (
                "human.idp_links",
                human.is_some_and(|human| !human.idp_links.is_empty()),
            ),
            (
                "human.totp_secret",
                human.is_some_and(|human| human.totp_secret.is_some()),
            ),
            (
                "human.metadata",
                human.is_some_and(|human| !human.metadata.is_empty()),
            ),
            ("metadata", !request.metadata.is_empty()),
        ],
    )
}
