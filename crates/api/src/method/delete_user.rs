use ringtrue_core::user::Command;
use ringtrue_proto::user::v2::{DeleteUserRequest, DeleteUserResponse};

use super::{Method, parts};
use crate::{
    app::App,
    authenticate::Caller,
    error::Failure,
    surface::Version,
    validate::{Invalid, id},
};

const MESSAGE: &str = "DeleteUserRequest";

/// `DELETE /v2/users/{user_id}`
pub(super) struct DeleteUser;

impl Method for DeleteUser {
    const NAME: &'static str = "DeleteUser";
    type Request = DeleteUserRequest;
    type Response = DeleteUserResponse;

    fn name_user(request: &mut DeleteUserRequest, user: String) {
        request.user_id = user;
    }

    fn validate(request: &DeleteUserRequest, _: Version) -> Result<(), Invalid> {
        id(MESSAGE, "UserId", &request.user_id)
    }

    async fn call(
        app: &App,
        caller: &Caller,
        request: DeleteUserRequest,
    ) -> Result<DeleteUserResponse, Failure> {
        let user = parts::user_id(MESSAGE, &request.user_id)?;
        let outcome = app.users.execute(&caller.actor, &user, &Command::Delete).await?;
        Ok(DeleteUserResponse {
            details: Some(parts::details(&outcome.details)),
        })
    }
}
