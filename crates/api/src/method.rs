//! The methods, each implemented once for all protocols and both versions.

mod add_human_user;
mod add_organization;
mod by_user;
mod create_user;
mod get_user_by_id;
mod human;
mod list_organizations;
mod list_users;
mod parts;
mod person;
mod resend_email_code;
mod resend_phone_code;
mod set_email;
mod set_phone;
mod update_human_user;
mod update_user;
mod verify_email;
mod verify_phone;

use std::future::Future;

use prost::{Message, Name};

use crate::{
    app::App,
    authenticate::Caller,
    error::Failure,
    pipeline::{Handler, handle},
    surface::Version,
    validate::Invalid,
};

/// A method of the API.
pub(crate) trait Method: 'static {
    /// The service that it is of, without its package.
    const SERVICE: &'static str = "UserService";
    /// Its name in the proto file.
    const NAME: &'static str;
    /// Whether it changes nothing, so that it can be called again as it is.
    const READS: bool = false;
    /// What it is asked with.
    type Request: Message + Name + Default + 'static;
    /// What it answers.
    type Response: Message + Name + 'static;

    /// Puts in the user that the path names, for a method whose path names one.
    fn name_user(_request: &mut Self::Request, _user: String) {}
    /// Checks the fields, in their order; the first that is wrong counts.
    fn validate(request: &Self::Request, version: Version) -> Result<(), Invalid>;
    /// Does it.
    fn call(
        app: &App,
        caller: &Caller,
        request: Self::Request,
    ) -> impl Future<Output = Result<Self::Response, Failure>> + Send;
}

/// What carries out the method of this name of a service, if it is implemented, and whether it only reads.
pub(crate) fn handler(service: &str, name: &str) -> Option<(Handler, bool)> {
    fn row<M: Method>() -> (&'static str, &'static str, (Handler, bool)) {
        (M::SERVICE, M::NAME, (handle::<M>, M::READS))
    }
    let table = [
        row::<add_human_user::AddHumanUser>(),
        row::<add_organization::AddOrganization>(),
        row::<by_user::DeactivateUser>(),
        row::<by_user::DeleteUser>(),
        row::<by_user::LockUser>(),
        row::<by_user::ReactivateUser>(),
        row::<by_user::RemovePhone>(),
        row::<by_user::UnlockUser>(),
        row::<create_user::CreateUser>(),
        row::<get_user_by_id::GetUserById>(),
        row::<list_organizations::ListOrganizations>(),
        row::<list_users::ListUsers>(),
        row::<resend_email_code::ResendEmailCode>(),
        row::<resend_phone_code::ResendPhoneCode>(),
        row::<set_email::SetEmail>(),
        row::<set_phone::SetPhone>(),
        row::<update_human_user::UpdateHumanUser>(),
        row::<update_user::UpdateUser>(),
        row::<verify_email::VerifyEmail>(),
        row::<verify_phone::VerifyPhone>(),
    ];
    table
        .into_iter()
        .find_map(|(of, known, handler)| (of == service && known == name).then_some(handler))
}
