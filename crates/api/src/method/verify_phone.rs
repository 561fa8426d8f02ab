use ringtrue_core::{code::Code, user::Command};
use ringtrue_proto::user::v2::{VerifyPhoneRequest, VerifyPhoneResponse};

use super::{Method, parts};
use crate::{
    app::App,
    authenticate::Caller,
    error::Failure,
    surface::Version,
    validate::{Invalid, id, runes},
};

const MESSAGE: &str = "VerifyPhoneRequest";

/// `POST /v2/users/{user_id}/phone/verify`
pub(super) struct VerifyPhone;

impl Method for VerifyPhone {
    const NAME: &'static str = "VerifyPhone";
    type Request = VerifyPhoneRequest;
    type Response = VerifyPhoneResponse;

    fn name_user(request: &mut VerifyPhoneRequest, user: String) {
        request.user_id = user;
    }

    fn validate(request: &VerifyPhoneRequest, _: Version) -> Result<(), Invalid> {
        id(MESSAGE, "UserId", &request.user_id)?;
        runes(MESSAGE, "VerificationCode", &request.verification_code, (1, 20))
    }

    async fn call(
        app: &App,
        caller: &Caller,
        request: VerifyPhoneRequest,
    ) -> Result<VerifyPhoneResponse, Failure> {
        let user = parts::user_id(MESSAGE, &request.user_id)?;
        let code = Code::new(&request.verification_code);
        let command = Command::VerifyPhone { code };
        let outcome = app.users.execute(&caller.actor, &user, &command).await?;
        Ok(VerifyPhoneResponse {
            details: Some(parts::details(&outcome.details)),
        })
    }
}
