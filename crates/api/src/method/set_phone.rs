use ringtrue_core::user::{Command, Delivery, Verification};
use ringtrue_proto::user::v2::{SetPhoneRequest, SetPhoneResponse, set_phone_request};

use super::{Method, parts};
use crate::{
    app::App,
    authenticate::Caller,
    error::Failure,
    surface::Version,
    validate::{Invalid, id, is_true, runes},
};

const MESSAGE: &str = "SetPhoneRequest";

/// `POST /v2/users/{user_id}/phone`
pub(super) struct SetPhone;

impl Method for SetPhone {
    const NAME: &'static str = "SetPhone";
    type Request = SetPhoneRequest;
    type Response = SetPhoneResponse;

    fn name_user(request: &mut SetPhoneRequest, user: String) {
        request.user_id = user;
    }

    fn validate(request: &SetPhoneRequest, _: Version) -> Result<(), Invalid> {
        id(MESSAGE, "UserId", &request.user_id)?;
        runes(MESSAGE, "Phone", &request.phone, (1, 200))?;
        match request.verification {
            Some(set_phone_request::Verification::IsVerified(yes)) => is_true(MESSAGE, "IsVerified", yes),
            _ => Ok(()),
        }
    }

    async fn call(app: &App, caller: &Caller, request: SetPhoneRequest) -> Result<SetPhoneResponse, Failure> {
        use set_phone_request::Verification::{IsVerified, ReturnCode, SendCode};
        let user = parts::user_id(MESSAGE, &request.user_id)?;
        let verification = match request.verification {
            None | Some(SendCode(_)) => Verification::ByCode(Delivery::Send),
            Some(ReturnCode(_)) => Verification::ByCode(Delivery::Return),
            Some(IsVerified(_)) => Verification::Vouched,
        };
        let number = app.users.phone_rules().parse(&request.phone);
        let command = Command::SetPhone { number, verification };
        let outcome = app.users.execute(&caller.actor, &user, &command).await?;
        Ok(SetPhoneResponse {
            details: Some(parts::details(&outcome.details)),
            verification_code: outcome.phone_code.map(|code| code.reveal().to_owned()),
        })
    }
}
