//! The methods, each implemented once for all protocols and both versions.

mod add_human_user;
mod delete_user;
mod get_user_by_id;
mod parts;
mod remove_phone;
mod resend_phone_code;
mod set_phone;
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
    /// Its name in the proto file.
    const NAME: &'static str;
    /// What it is asked with.
    type Request: Message + Name + Default + 'static;
    /// What it answers.
    type Response: Message + Name + 'static;

    /// Puts in the user that the path names.
    fn name_user(request: &mut Self::Request, user: String);
    /// Checks the fields, in their order; the first that is wrong counts.
    fn validate(request: &Self::Request, version: Version) -> Result<(), Invalid>;
    /// Does it.
    fn call(
        app: &App,
        caller: &Caller,
        request: Self::Request,
    ) -> impl Future<Output = Result<Self::Response, Failure>> + Send;
}

/// What carries out the method of this name, if it is implemented.
pub(crate) fn handler(name: &str) -> Option<Handler> {
    fn row<M: Method>() -> (&'static str, Handler) {
        (M::NAME, handle::<M>)
    }
    let table = [
        row::<add_human_user::AddHumanUser>(),
        row::<delete_user::DeleteUser>(),
        row::<get_user_by_id::GetUserById>(),
        row::<remove_phone::RemovePhone>(),
        row::<resend_phone_code::ResendPhoneCode>(),
        row::<set_phone::SetPhone>(),
        row::<verify_phone::VerifyPhone>(),
    ];
    table
        .into_iter()
        .find_map(|(known, handler)| (known == name).then_some(handler))
}
