use ringtrue_core::user::{Command, Delivery};
use ringtrue_proto::user::v2::{ResendPhoneCodeRequest, ResendPhoneCodeResponse, resend_phone_code_request};

use super::{Method, parts};
use crate::{
    app::App,
    authenticate::Caller,
    error::Failure,
    surface::Version,
    validate::{Invalid, id},
};

const MESSAGE: &str = "ResendPhoneCodeRequest";

/// `POST /v2/users/{user_id}/phone/resend`
pub(super) struct ResendPhoneCode;

impl Method for ResendPhoneCode {
    const NAME: &'static str = "ResendPhoneCode";
    type Request = ResendPhoneCodeRequest;
    type Response = ResendPhoneCodeResponse;

    fn name_user(request: &mut ResendPhoneCodeRequest, user: String) {
        request.user_id = user;
    }

    fn validate(request: &ResendPhoneCodeRequest, _: Version) -> Result<(), Invalid> {
        id(MESSAGE, "UserId", &request.user_id)
    }

    async fn call(
        app: &App,
        caller: &Caller,
        request: ResendPhoneCodeRequest,
    ) -> Result<ResendPhoneCodeResponse, Failure> {
        use resend_phone_code_request::Verification::{ReturnCode, SendCode};
        let user = parts::user_id(MESSAGE, &request.user_id)?;
        let delivery = match request.verification {
            None | Some(SendCode(_)) => Delivery::Send,
            Some(ReturnCode(_)) => Delivery::Return,
        };
        let command = Command::ResendCode { delivery };
        let outcome = app.users.execute(&caller.actor, &user, &command).await?;
        Ok(ResendPhoneCodeResponse {
            details: Some(parts::details(&outcome.details)),
            verification_code: outcome.phone_code.map(|code| code.reveal().to_owned()),
        })
    }
}
