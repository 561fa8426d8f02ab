use ringtrue_core::user::{Missing, Refusal};
use ringtrue_proto::user::v2::{GetUserByIdRequest, GetUserByIdResponse};

use super::{Method, parts, person};
use crate::{
    app::App,
    authenticate::Caller,
    error::Failure,
    surface::Version,
    validate::{Invalid, id},
};

const MESSAGE: &str = "GetUserByIDRequest";

/// `GET /v2/users/{user_id}`
pub(super) struct GetUserById;

impl Method for GetUserById {
    const NAME: &'static str = "GetUserByID";
    const READS: bool = true;
    type Request = GetUserByIdRequest;
    type Response = GetUserByIdResponse;

    fn name_user(request: &mut GetUserByIdRequest, user: String) {
        request.user_id = user;
    }

    fn validate(request: &GetUserByIdRequest, _: Version) -> Result<(), Invalid> {
        id(MESSAGE, "UserId", &request.user_id)
    }

    async fn call(
        app: &App,
        caller: &Caller,
        request: GetUserByIdRequest,
    ) -> Result<GetUserByIdResponse, Failure> {
        let id = parts::user_id(MESSAGE, &request.user_id)?;
        let found = app.users.get(&caller.actor, &id).await?;
        let missing = || Failure::Refused(Refusal::UserMissing(Missing::ToRead));
        let user = person::user(&id, &found).ok_or_else(missing)?;
        Ok(GetUserByIdResponse {
            details: user.details.clone(),
            user: Some(user),
        })
    }
}
