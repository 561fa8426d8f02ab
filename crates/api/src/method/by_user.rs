//! The methods that are told a user and nothing else, and answer where the user stands.

use ringtrue_core::user::Command;
use ringtrue_proto::user::v2::{
    DeactivateUserRequest, DeactivateUserResponse, DeleteUserRequest, DeleteUserResponse, LockUserRequest,
    LockUserResponse, ReactivateUserRequest, ReactivateUserResponse, RemovePhoneRequest, RemovePhoneResponse,
    UnlockUserRequest, UnlockUserResponse,
};

use super::{Method, parts};
use crate::{
    app::App,
    authenticate::Caller,
    error::Failure,
    surface::Version,
    validate::{Invalid, id},
};

macro_rules! by_user {
    ($($(#[$doc:meta])* $method:ident: $request:ident => $response:ident = $command:ident;)*) => {$(
        $(#[$doc])*
        pub(super) struct $method;

        impl Method for $method {
            const NAME: &'static str = stringify!($method);
            type Request = $request;
            type Response = $response;

            fn name_user(request: &mut $request, user: String) {
                request.user_id = user;
            }

            fn validate(request: &$request, _: Version) -> Result<(), Invalid> {
                id(stringify!($request), "UserId", &request.user_id)
            }

            async fn call(app: &App, caller: &Caller, request: $request) -> Result<$response, Failure> {
                let user = parts::user_id(stringify!($request), &request.user_id)?;
                let outcome = app.users.execute(&caller.actor, &user, &Command::$command).await?;
                Ok($response {
                    details: Some(parts::details(&outcome.details)),
                })
            }
        }
    )*};
}

by_user! {
    /// `DELETE /v2/users/{user_id}`
    DeleteUser: DeleteUserRequest => DeleteUserResponse = Delete;
    /// `POST /v2/users/{user_id}/deactivate`
    DeactivateUser: DeactivateUserRequest => DeactivateUserResponse = Deactivate;
    /// `POST /v2/users/{user_id}/reactivate`
    ReactivateUser: ReactivateUserRequest => ReactivateUserResponse = Reactivate;
    /// `POST /v2/users/{user_id}/lock`
    LockUser: LockUserRequest => LockUserResponse = Lock;
    /// `POST /v2/users/{user_id}/unlock`
    UnlockUser: UnlockUserRequest => UnlockUserResponse = Unlock;
    /// `DELETE /v2/users/{user_id}/phone`
    RemovePhone: RemovePhoneRequest => RemovePhoneResponse = RemovePhone;
}
