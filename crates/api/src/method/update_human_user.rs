use ringtrue_core::{
    EmailAddress,
    user::{Command, PhoneChange, ProfileChanges, UserChanges},
};
use ringtrue_proto::user::v2::{SetHumanProfile, UpdateHumanUserRequest, UpdateHumanUserResponse};

use super::{Method, human, parts};
use crate::{
    app::App,
    authenticate::Caller,
    error::Failure,
    surface::Version,
    validate::{Invalid, id, runes},
};

const MESSAGE: &str = "UpdateHumanUserRequest";

/// `PUT /v2/users/human/{user_id}`, and in version 2beta `PUT /v2beta/users/{user_id}`.
pub(super) struct UpdateHumanUser;

impl Method for UpdateHumanUser {
    const NAME: &'static str = "UpdateHumanUser";
    type Request = UpdateHumanUserRequest;
    type Response = UpdateHumanUserResponse;

    fn name_user(request: &mut UpdateHumanUserRequest, user: String) {
        request.user_id = user;
    }

    fn validate(request: &UpdateHumanUserRequest, version: Version) -> Result<(), Invalid> {
        id(MESSAGE, "UserId", &request.user_id)?;
        if let Some(username) = &request.username {
            runes(MESSAGE, "Username", username, (1, 200))?;
        }
        if let Some(profile) = &request.profile {
            human::validate_profile(profile).map_err(|inner| inner.within(MESSAGE, "Profile"))?;
        }
        if let Some(email) = &request.email {
            human::validate_email(email, version).map_err(|inner| inner.within(MESSAGE, "Email"))?;
        }
        match &request.phone {
            Some(phone) => human::validate_phone(phone).map_err(|inner| inner.within(MESSAGE, "Phone")),
            None => Ok(()),
        }
    }

    async fn call(
        app: &App,
        caller: &Caller,
        request: UpdateHumanUserRequest,
    ) -> Result<UpdateHumanUserResponse, Failure> {
        parts::refuse_unsupported(
            MESSAGE,
            [
                ("email.send_code", human::asks_for_mail(request.email.as_ref())),
                ("password", request.password.is_some()),
            ],
        )?;
        // Unlike in UpdateUser an empty number says nothing.
        let phone = request.phone.filter(|phone| !phone.phone.is_empty());
        let changes = UserChanges {
            username: request.username,
            profile: request.profile.map(changes),
            email: request.email.map(|email| {
                (
                    EmailAddress::parse(&email.email),
                    human::email_verification(&email),
                )
            }),
            phone: phone.map(|phone| PhoneChange::Set {
                number: app.users.phone_rules().parse(&phone.phone),
                verification: human::phone_verification(&phone),
            }),
        };
        let user = parts::user_id(MESSAGE, &request.user_id)?;
        let command = Command::Update(Box::new(changes));
        let outcome = app.users.execute(&caller.actor, &user, &command).await?;
        Ok(UpdateHumanUserResponse {
            details: Some(parts::details(&outcome.details)),
            email_code: outcome.email_code.map(|code| code.reveal().to_owned()),
            phone_code: outcome.phone_code.map(|code| code.reveal().to_owned()),
        })
    }
}

/// What is left out stays as it is.
fn changes(profile: SetHumanProfile) -> ProfileChanges {
    ProfileChanges {
        given_name: Some(profile.given_name),
        family_name: Some(profile.family_name),
        nick_name: profile.nick_name,
        display_name: profile.display_name,
        preferred_language: profile.preferred_language,
        gender: human::gender(profile.gender),
    }
}
