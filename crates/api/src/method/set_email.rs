use ringtrue_core::{
    EmailAddress,
    user::{Command, EmailVerification},
};
use ringtrue_proto::user::v2::{SetEmailRequest, SetEmailResponse, set_email_request};

use super::{Method, human, parts};
use crate::{
    app::App,
    authenticate::Caller,
    error::Failure,
    surface::Version,
    validate::{Invalid, id, is_true},
};

const MESSAGE: &str = "SetEmailRequest";

/// `POST /v2/users/{user_id}/email`
pub(super) struct SetEmail;

impl Method for SetEmail {
    const NAME: &'static str = "SetEmail";
    type Request = SetEmailRequest;
    type Response = SetEmailResponse;

    fn name_user(request: &mut SetEmailRequest, user: String) {
        request.user_id = user;
    }

    fn validate(request: &SetEmailRequest, _: Version) -> Result<(), Invalid> {
        id(MESSAGE, "UserId", &request.user_id)?;
        human::validate_address(MESSAGE, &request.email)?;
        match request.verification {
            Some(set_email_request::Verification::IsVerified(yes)) => is_true(MESSAGE, "IsVerified", yes),
            _ => Ok(()),
        }
    }

    async fn call(app: &App, caller: &Caller, request: SetEmailRequest) -> Result<SetEmailResponse, Failure> {
        use set_email_request::Verification::{IsVerified, ReturnCode, SendCode};
        let verification = match request.verification {
            Some(SendCode(_)) => return Err(parts::unsupported(MESSAGE, "send_code")),
            Some(ReturnCode(_)) => EmailVerification::ReturnCode,
            Some(IsVerified(_)) => EmailVerification::Vouched,
            None => EmailVerification::Unverified,
        };
        let user = parts::user_id(MESSAGE, &request.user_id)?;
        let address = EmailAddress::parse(&request.email);
        let command = Command::SetEmail {
            address,
            verification,
        };
        let outcome = app.users.execute(&caller.actor, &user, &command).await?;
        Ok(SetEmailResponse {
            details: Some(parts::details(&outcome.details)),
            verification_code: outcome.email_code.map(|code| code.reveal().to_owned()),
        })
    }
}
