use ringtrue_core::{Details, Organization};
use ringtrue_proto::org::v2::{AddOrganizationRequest, AddOrganizationResponse};

use super::{Method, parts};
use crate::{
    app::App,
    authenticate::Caller,
    error::Failure,
    surface::Version,
    validate::{Invalid, id, runes},
};

const MESSAGE: &str = "AddOrganizationRequest";

/// `POST /v2/organizations`
pub(super) struct AddOrganization;

impl Method for AddOrganization {
    const SERVICE: &'static str = "OrganizationService";
    const NAME: &'static str = "AddOrganization";
    type Request = AddOrganizationRequest;
    type Response = AddOrganizationResponse;

    fn validate(request: &AddOrganizationRequest, _: Version) -> Result<(), Invalid> {
        runes(MESSAGE, "Name", &request.name, (1, 200))?;
        for (field, value) in [
            ("OrgId", &request.org_id),
            ("OrganizationId", &request.organization_id),
        ] {
            if let Some(value) = value {
                id(MESSAGE, field, value)?;
            }
        }
        Ok(())
    }

    async fn call(
        app: &App,
        caller: &Caller,
        request: AddOrganizationRequest,
    ) -> Result<AddOrganizationResponse, Failure> {
        parts::refuse_unsupported(MESSAGE, [("admins", !request.admins.is_empty())])?;
        let id = request.organization_id.or(request.org_id);
        let id = id.map(|id| parts::organization_id(MESSAGE, &id)).transpose()?;
        let name = Organization::parse_name(&request.name);
        let created = app.organizations.create(&caller.actor, id, name).await?;
        Ok(AddOrganizationResponse {
            organization_id: created.id.as_str().to_owned(),
            details: Some(parts::details(&details(created))),
            created_admins: Vec::new(),
        })
    }
}

/// Where an organisation stands: nothing has happened to it but that it was created.
pub(super) fn details(organization: Organization) -> Details {
    Details {
        sequence: 1,
        changed_at: organization.created_at,
        organization: organization.id,
    }
}
