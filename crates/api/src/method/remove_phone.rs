use ringtrue_core::user::Command;
use ringtrue_proto::user::v2::{RemovePhoneRequest, RemovePhoneResponse};

use super::{Method, parts};
use crate::{
    app::App,
    authenticate::Caller,
    error::Failure,
    surface::Version,
    validate::{Invalid, id},
};

const MESSAGE: &str = "RemovePhoneRequest";

/// `DELETE /v2/users/{user_id}/phone`
pub(super) struct RemovePhone;

impl Method for RemovePhone {
    const NAME: &'static str = "RemovePhone";
    type Request = RemovePhoneRequest;
    type Response = RemovePhoneResponse;

    fn name_user(request: &mut RemovePhoneRequest, user: String) {
        request.user_id = user;
    }

    fn validate(request: &RemovePhoneRequest, _: Version) -> Result<(), Invalid> {
        id(MESSAGE, "UserId", &request.user_id)
    }

    async fn call(
        app: &App,
        caller: &Caller,
        request: RemovePhoneRequest,
    ) -> Result<RemovePhoneResponse, Failure> {
        let user = parts::user_id(MESSAGE, &request.user_id)?;
        let outcome = app
            .users
            .execute(&caller.actor, &user, &Command::RemovePhone)
            .await?;
        Ok(RemovePhoneResponse {
            details: Some(parts::details(&outcome.details)),
        })
    }
}
