use ringtrue_core::{code::Code, user::Command};
use ringtrue_proto::user::v2::{VerifyEmailRequest, VerifyEmailResponse};

use super::{Method, parts};
use crate::{
    app::App,
    authenticate::Caller,
    error::Failure,
    surface::Version,
    validate::{Invalid, id, runes},
};

const MESSAGE: &str = "VerifyEmailRequest";

/// `POST /v2/users/{user_id}/email/verify`
pub(super) struct VerifyEmail;

impl Method for VerifyEmail {
    const NAME: &'static str = "VerifyEmail";
    type Request = VerifyEmailRequest;
    type Response = VerifyEmailResponse;

    fn name_user(request: &mut VerifyEmailRequest, user: String) {
        request.user_id = user;
    }

    fn validate(request: &VerifyEmailRequest, _: Version) -> Result<(), Invalid> {
        id(MESSAGE, "UserId", &request.user_id)?;
        runes(MESSAGE, "VerificationCode", &request.verification_code, (1, 20))
    }

    async fn call(
        app: &App,
        caller: &Caller,
        request: VerifyEmailRequest,
    ) -> Result<VerifyEmailResponse, Failure> {
        let user = parts::user_id(MESSAGE, &request.user_id)?;
        let code = Code::new(&request.verification_code);
        let command = Command::VerifyEmail { code };
        let outcome = app.users.execute(&caller.actor, &user, &command).await?;
        Ok(VerifyEmailResponse {
            details: Some(parts::details(&outcome.details)),
        })
    }
}
