//! `Debug` of the messages that hold a code, a phone number or a secret: their name and nothing else, so that
//! a log line or a failed assertion cannot tell it.

use std::fmt;

use crate::{
    org::v2::add_organization_response,
    user::v2::{
        AddHumanUserRequest, AddHumanUserResponse, CreateUserResponse, HashedPassword, HumanPhone, Password,
        PhoneQuery, ResendEmailCodeResponse, ResendPhoneCodeResponse, SetEmailResponse, SetHumanPhone,
        SetPassword, SetPhoneRequest, SetPhoneResponse, UpdateHumanUserResponse, UpdateUserResponse,
        VerifyEmailRequest, VerifyPhoneRequest, add_human_user_request, create_user_request, set_human_phone,
        set_password, set_phone_request,
    },
};

macro_rules! opaque {
    ($($name:path),* $(,)?) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}(..)", stringify!($name))
            }
        }
    )*};
}

opaque!(
    AddHumanUserRequest,
    AddHumanUserResponse,
    CreateUserResponse,
    HashedPassword,
    HumanPhone,
    Password,
    PhoneQuery,
    ResendEmailCodeResponse,
    ResendPhoneCodeResponse,
    SetEmailResponse,
    SetHumanPhone,
    SetPassword,
    SetPhoneRequest,
    SetPhoneResponse,
    UpdateHumanUserResponse,
    UpdateUserResponse,
    VerifyEmailRequest,
    VerifyPhoneRequest,
    add_organization_response::CreatedAdmin,
    add_human_user_request::PasswordType,
    create_user_request::Human,
    create_user_request::human::PasswordType,
    set_password::PasswordType,
    set_password::Verification,
);

// These say how, never what: they may be told.
macro_rules! told {
    ($($name:ident in $module:ident),* $(,)?) => {$(
        impl fmt::Debug for $module::$name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    Self::SendCode(_) => f.write_str("SendCode"),
                    Self::ReturnCode(_) => f.write_str("ReturnCode"),
                    Self::IsVerified(yes) => write!(f, "IsVerified({yes})"),
                }
            }
        }
    )*};
}

told!(Verification in set_phone_request, Verification in set_human_phone);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_with_a_code_or_a_number_prints_neither() {
        let request = VerifyPhoneRequest {
            user_id: "1".into(),
            verification_code: "123456".into(),
        };
        let phone = SetPhoneRequest {
            phone: "+41791234567".into(),
            ..SetPhoneRequest::default()
        };
        assert_eq!(
            format!("{request:?} {phone:?}"),
            "VerifyPhoneRequest(..) SetPhoneRequest(..)"
        );
    }
}
