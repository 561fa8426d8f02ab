use ringtrue_core::{
    EmailAddress, NewUserRequest, OrgChoice, OrgId,
    user::{Delivery, EmailVerification, Gender, Profile, Refusal, Verification},
};
use ringtrue_proto::{
    object::v2::organization::Org,
    user::v2::{
        self, AddHumanUserRequest, AddHumanUserResponse, SetHumanEmail, SetHumanPhone, SetHumanProfile,
        add_human_user_request::PasswordType, set_human_email, set_human_phone,
    },
};

use super::{Method, parts};
use crate::{
    app::App,
    authenticate::{Caller, OrgHeader},
    error::Failure,
    surface::Version,
    validate::{Invalid, id, is_true, runes, runes_at_most},
};

const MESSAGE: &str = "AddHumanUserRequest";

/// `POST /v2/users/human`
pub(super) struct AddHumanUser;

impl Method for AddHumanUser {
    const NAME: &'static str = "AddHumanUser";
    type Request = AddHumanUserRequest;
    type Response = AddHumanUserResponse;

    fn name_user(request: &mut AddHumanUserRequest, user: String) {
        request.user_id = Some(user);
    }

    fn validate(request: &AddHumanUserRequest, version: Version) -> Result<(), Invalid> {
        if let Some(user) = &request.user_id {
            id(MESSAGE, "UserId", user)?;
        }
        if let Some(username) = &request.username {
            runes(MESSAGE, "Username", username, (1, 200))?;
        }
        let required = |field| Invalid::field(MESSAGE, field, "value is required");
        let profile = request.profile.as_ref().ok_or_else(|| required("Profile"))?;
        validate_profile(profile).map_err(|inner| inner.within(MESSAGE, "Profile"))?;
        let email = request.email.as_ref().ok_or_else(|| required("Email"))?;
        validate_email(email, version).map_err(|inner| inner.within(MESSAGE, "Email"))?;
        if let Some(phone) = &request.phone {
            validate_phone(phone).map_err(|inner| inner.within(MESSAGE, "Phone"))?;
        }
        if let Some(Org::OrgId(organization)) = request.organization.as_ref().and_then(|it| it.org.as_ref())
            && !organization.is_empty()
        {
            id("Organization", "OrgId", organization)
                .map_err(|inner| inner.within(MESSAGE, "Organization"))?;
        }
        Ok(())
    }

    async fn call(
        app: &App,
        caller: &Caller,
        request: AddHumanUserRequest,
    ) -> Result<AddHumanUserResponse, Failure> {
        refuse_what_we_cannot_do(&request)?;
        let named = request.organization.and_then(|organization| organization.org);
        let (organization, by_header) = organization(named, caller)?;
        let profile = profile(request.profile.unwrap_or_default());
        let email = request.email.unwrap_or_default();
        let new = NewUserRequest {
            id: request
                .user_id
                .map(|id| parts::user_id(MESSAGE, &id))
                .transpose()?,
            organization,
            username: request.username,
            profile,
            email_verification: email_verification(&email),
            email: email.email,
            phone: request.phone.map(phone),
        };
        let outcome =
            app.users
                .create(&caller.actor, new)
                .await
                .map_err(|error| match Failure::from(error) {
                    Failure::Refused(Refusal::OrganizationMissing) if by_header => {
                        Failure::HeaderOrganizationMissing
                    }
                    other => other,
                })?;
        Ok(AddHumanUserResponse {
            user_id: outcome.user.as_str().to_owned(),
            details: Some(parts::details(&outcome.details)),
            email_code: outcome.email_code.map(|code| code.reveal().to_owned()),
            phone_code: outcome.phone_code.map(|code| code.reveal().to_owned()),
        })
    }
}

fn validate_profile(profile: &SetHumanProfile) -> Result<(), Invalid> {
    const MESSAGE: &str = "SetHumanProfile";
    runes(MESSAGE, "GivenName", &profile.given_name, (1, 200))?;
    runes(MESSAGE, "FamilyName", &profile.family_name, (1, 200))?;
    let optional = [
        ("NickName", &profile.nick_name, 200),
        ("DisplayName", &profile.display_name, 200),
        ("PreferredLanguage", &profile.preferred_language, 10),
    ];
    for (field, value, max) in optional {
        runes_at_most(MESSAGE, field, value.as_deref().unwrap_or_default(), max)?;
    }
    match profile.gender.map(v2::Gender::try_from) {
        Some(Err(_)) => Err(Invalid::field(
            MESSAGE,
            "Gender",
            "value must be one of the defined enum values",
        )),
        _ => Ok(()),
    }
}

fn validate_email(email: &SetHumanEmail, version: Version) -> Result<(), Invalid> {
    const MESSAGE: &str = "SetHumanEmail";
    runes(MESSAGE, "Email", &email.email, (1, 200))?;
    EmailAddress::parse(&email.email).map_err(|cause| {
        let rule = format_args!("value must be a valid email address | caused by: {cause}");
        Invalid::field(MESSAGE, "Email", rule)
    })?;
    match (version, &email.verification) {
        // Version 2 lets a caller say "not verified"; version 2beta takes only "verified".
        (Version::V2Beta, Some(set_human_email::Verification::IsVerified(yes))) => {
            is_true(MESSAGE, "IsVerified", *yes)
        }
        _ => Ok(()),
    }
}

fn validate_phone(phone: &SetHumanPhone) -> Result<(), Invalid> {
    const MESSAGE: &str = "SetHumanPhone";
    runes(MESSAGE, "Phone", &phone.phone, (0, 200))?;
    match phone.verification {
        Some(set_human_phone::Verification::IsVerified(yes)) => is_true(MESSAGE, "IsVerified", yes),
        _ => Ok(()),
    }
}

/// A field that would be dropped silently is refused by name.
fn refuse_what_we_cannot_do(request: &AddHumanUserRequest) -> Result<(), Failure> {
    let organization = request.organization.as_ref().and_then(|it| it.org.as_ref());
    let email = request.email.as_ref().and_then(|it| it.verification.as_ref());
    let unsupported = [
        (
            "email.send_code",
            matches!(email, Some(set_human_email::Verification::SendCode(_))),
        ),
        ("metadata", !request.metadata.is_empty()),
        (
            "password",
            matches!(request.password_type, Some(PasswordType::Password(_))),
        ),
        (
            "hashed_password",
            matches!(request.password_type, Some(PasswordType::HashedPassword(_))),
        ),
        ("idp_links", !request.idp_links.is_empty()),
        (
            "organization.org_domain",
            matches!(organization, Some(Org::OrgDomain(_))),
        ),
        ("totp_secret", request.totp_secret.is_some()),
    ];
    match unsupported.into_iter().find(|(_, asked)| *asked) {
        Some((field, _)) => Err(Failure::FieldUnimplemented {
            message: MESSAGE,
            field,
        }),
        None => Ok(()),
    }
}

/// The request's organisation, else the header's, else the caller's; and whether it was the header's. A header that says
/// nothing of use is refused: the caller's organisation is not what whoever sent it had in mind.
fn organization(named: Option<Org>, caller: &Caller) -> Result<(OrgChoice, bool), Failure> {
    if let Some(Org::OrgId(id)) = named
        && let Ok(id) = OrgId::parse(&id)
    {
        return Ok((OrgChoice::Named(id), false));
    }
    match &caller.organization {
        OrgHeader::Names(id) => Ok((OrgChoice::Named(id.clone()), true)),
        OrgHeader::Absent => Ok((OrgChoice::Callers, false)),
        OrgHeader::Unusable => Err(Failure::HeaderOrganizationMissing),
    }
}

fn profile(profile: SetHumanProfile) -> Profile {
    let gender = profile
        .gender
        .and_then(|gender| v2::Gender::try_from(gender).ok());
    Profile {
        given_name: profile.given_name,
        family_name: profile.family_name,
        nick_name: profile.nick_name,
        display_name: profile.display_name.unwrap_or_default(),
        preferred_language: profile.preferred_language,
        gender: gender.map(|gender| match gender {
            v2::Gender::Unspecified => Gender::Unspecified,
            v2::Gender::Female => Gender::Female,
            v2::Gender::Male => Gender::Male,
            v2::Gender::Diverse => Gender::Diverse,
        }),
    }
}

fn email_verification(email: &SetHumanEmail) -> EmailVerification {
    match email.verification {
        Some(set_human_email::Verification::ReturnCode(_)) => EmailVerification::ReturnCode,
        Some(set_human_email::Verification::IsVerified(true)) => EmailVerification::Vouched,
        _ => EmailVerification::Unverified,
    }
}

fn phone(phone: SetHumanPhone) -> (String, Verification) {
    use set_human_phone::Verification::{IsVerified, ReturnCode, SendCode};
    let verification = match phone.verification {
        None | Some(SendCode(_)) => Verification::ByCode(Delivery::Send),
        Some(ReturnCode(_)) => Verification::ByCode(Delivery::Return),
        Some(IsVerified(_)) => Verification::Vouched,
    };
    (phone.phone, verification)
}
