use ringtrue_core::{NewUserRequest, OrgChoice, OrgId, user::Refusal};
use ringtrue_proto::{
    object::v2::organization::Org,
    user::v2::{AddHumanUserRequest, AddHumanUserResponse, add_human_user_request::PasswordType},
};

use super::{Method, human, parts};
use crate::{
    app::App,
    authenticate::{Caller, OrgHeader},
    error::Failure,
    surface::Version,
    validate::{Invalid, id, required, runes},
};

const MESSAGE: &str = "AddHumanUserRequest";

/// `POST /v2/users/human`
pub(super) struct AddHumanUser;

impl Method for AddHumanUser {
    const NAME: &'static str = "AddHumanUser";
    type Request = AddHumanUserRequest;
    type Response = AddHumanUserResponse;

    fn validate(request: &AddHumanUserRequest, version: Version) -> Result<(), Invalid> {
        if let Some(user) = &request.user_id {
            id(MESSAGE, "UserId", user)?;
        }
        if let Some(username) = &request.username {
            runes(MESSAGE, "Username", username, (1, 200))?;
        }
        let profile = required(MESSAGE, "Profile", request.profile.as_ref())?;
        human::validate_profile(profile).map_err(|inner| inner.within(MESSAGE, "Profile"))?;
        let email = required(MESSAGE, "Email", request.email.as_ref())?;
        human::validate_email(email, version).map_err(|inner| inner.within(MESSAGE, "Email"))?;
        if let Some(phone) = &request.phone {
            human::validate_phone(phone).map_err(|inner| inner.within(MESSAGE, "Phone"))?;
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
        let email = request.email.unwrap_or_default();
        let new = NewUserRequest {
            id: request
                .user_id
                .map(|id| parts::user_id(MESSAGE, &id))
                .transpose()?,
            organization,
            username: request.username,
            profile: human::profile(request.profile.unwrap_or_default()),
            email_verification: human::email_verification(&email),
            email: email.email,
            phone: request.phone.map(|phone| {
                let verification = human::phone_verification(&phone);
                (phone.phone, verification)
            }),
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

fn refuse_what_we_cannot_do(request: &AddHumanUserRequest) -> Result<(), Failure> {
    let organization = request.organization.as_ref().and_then(|it| it.org.as_ref());
    let (password, hash) = match &request.password_type {
        Some(PasswordType::Password(_)) => (true, false),
        Some(PasswordType::HashedPassword(_)) => (false, true),
        None => (false, false),
    };
    parts::refuse_unsupported(
        MESSAGE,
        [
            ("email.send_code", human::asks_for_mail(request.email.as_ref())),
            ("metadata", !request.metadata.is_empty()),
            ("password", password),
            ("hashed_password", hash),
            ("idp_links", !request.idp_links.is_empty()),
            (
                "organization.org_domain",
                matches!(organization, Some(Org::OrgDomain(_))),
            ),
            ("totp_secret", request.totp_secret.is_some()),
        ],
    )
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
