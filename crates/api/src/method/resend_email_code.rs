use ringtrue_core::user::Command;
use ringtrue_proto::user::v2::{ResendEmailCodeRequest, ResendEmailCodeResponse, resend_email_code_request};

use super::{Method, parts};
use crate::{
    app::App,
    authenticate::Caller,
    error::Failure,
    surface::Version,
    validate::{Invalid, id},
};

const MESSAGE: &str = "ResendEmailCodeRequest";

/// `POST /v2/users/{user_id}/email/resend`
pub(super) struct ResendEmailCode;

impl Method for ResendEmailCode {
    const NAME: &'static str = "ResendEmailCode";
    type Request = ResendEmailCodeRequest;
    type Response = ResendEmailCodeResponse;

    fn name_user(request: &mut ResendEmailCodeRequest, user: String) {
        request.user_id = user;
    }

    fn validate(request: &ResendEmailCodeRequest, _: Version) -> Result<(), Invalid> {
        id(MESSAGE, "UserId", &request.user_id)
    }

    async fn call(
        app: &App,
        caller: &Caller,
        request: ResendEmailCodeRequest,
    ) -> Result<ResendEmailCodeResponse, Failure> {
        use resend_email_code_request::Verification::{ReturnCode, SendCode};
        match request.verification {
            Some(ReturnCode(_)) => {}
            // To say nothing is to ask for it to be sent.
            None | Some(SendCode(_)) => {
                return Err(Failure::FieldUnimplemented {
                    message: MESSAGE,
                    field: "send_code".to_owned(),
                    instead: "set return_code",
                });
            }
        }
        let user = parts::user_id(MESSAGE, &request.user_id)?;
        let outcome = app
            .users
            .execute(&caller.actor, &user, &Command::ResendEmailCode)
            .await?;
        Ok(ResendEmailCodeResponse {
            details: Some(parts::details(&outcome.details)),
            verification_code: outcome.email_code.map(|code| code.reveal().to_owned()),
        })
    }
}
