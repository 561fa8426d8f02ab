//! The use cases of organisations: create one, and find those that one may read.

use std::sync::Arc;

use crate::{
    Error, OrgId, Organization, OrganizationNameError,
    access::{Actor, Permission, permits_on_instance, permitted_organizations},
    idempotency::Call,
    org::{OrganizationPage, OrganizationSearch},
    port::{AnsweringOutcome, Clock, IdSource, InsertOutcome, OrganizationStore},
    search::{Page, SearchError},
    user::Refusal,
};

/// How often another id is drawn after one that was taken.
const ATTEMPTS_MAX: u32 = 8;

/// The use cases of organisations.
#[derive(Clone)]
pub struct Organizations {
    store: Arc<dyn OrganizationStore>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
    default: OrgId,
    /// The call under whose key all this happens, if it has one.
    call: Option<Arc<Call>>,
}

impl Organizations {
    /// Puts the use cases on their ports. `default` is the organisation of whoever names none.
    #[must_use]
    pub fn new(
        store: Arc<dyn OrganizationStore>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdSource>,
        default: OrgId,
    ) -> Self {
        Self {
            store,
            clock,
            ids,
            default,
            call: None,
        }
    }

    /// The same use cases for one call that has a key: what it is answered is stored with what it creates, and if it was
    /// answered before, it is answered so again and creates nothing.
    #[must_use]
    pub fn under(&self, call: Arc<Call>) -> Self {
        Self {
            call: Some(call),
            ..self.clone()
        }
    }

    /// The organisation of whoever names none.
    #[must_use]
    pub const fn default_organization(&self) -> &OrgId {
        &self.default
    }

    /// Creates an organisation, with `org.create` on the instance. Without an id one is drawn.
    ///
    /// # Errors
    /// It is refused without the permission, with a name that is none, and with an id that is taken.
    pub async fn create(
        &self,
        actor: &Actor,
        id: Option<OrgId>,
        name: Result<String, OrganizationNameError>,
    ) -> Result<Organization, Error> {
        Call::once(self.call.as_deref(), self.create_now(actor, id, name)).await
    }

    async fn create_now(
        &self,
        actor: &Actor,
        id: Option<OrgId>,
        name: Result<String, OrganizationNameError>,
    ) -> Result<Organization, Error> {
        // Before it is said whether the id is taken.
        if !permits_on_instance(actor, Permission::OrgCreate) {
            return Err(Error::Refused(Refusal::PermissionDenied));
        }
        let name = name.map_err(|error| Error::Refused(Refusal::OrganizationNameUnusable(error)))?;
        let attempts = if id.is_some() { 1 } else { ATTEMPTS_MAX };
        for _ in 0..attempts {
            let organization = Organization {
                id: id.clone().unwrap_or_else(|| self.ids.org_id()),
                name: name.clone(),
                created_at: self.clock.now(),
            };
            if let Some(created) = self.insert(organization).await? {
                return Ok(created);
            }
        }
        Err(match id {
            Some(_) => Error::Refused(Refusal::OrganizationExists),
            None => Error::Contended,
        })
    }

    /// Stores it, with the answer if the call has a key. None: its id is taken.
    async fn insert(&self, organization: Organization) -> Result<Option<Organization>, Error> {
        let Some(attempt) = self.call.as_deref().and_then(Call::attempt) else {
            return Ok(match self.store.insert(&organization).await? {
                InsertOutcome::Inserted => Some(organization),
                InsertOutcome::Exists => None,
            });
        };
        let reply = attempt.reply(&Ok(organization.clone()))?;
        match self.store.insert_answering(&organization, &reply).await? {
            AnsweringOutcome::Inserted => {
                attempt.committed();
                Ok(Some(organization))
            }
            AnsweringOutcome::Exists => Ok(None),
            AnsweringOutcome::Answered => attempt.answer_of_another().await.map(Some),
        }
    }

    /// Finds organisations where the actor holds `org.read`; others are neither found nor counted.
    ///
    /// # Errors
    /// It is refused with a limit that is too large. Nobody is refused for what they may not read.
    pub async fn search(
        &self,
        actor: &Actor,
        search: OrganizationSearch,
    ) -> Result<OrganizationPage, SearchError> {
        let limit = Page::limit(search.limit)?;
        let search = match permitted_organizations(actor, Permission::OrgRead) {
            None => search,
            Some(readable) => search.among(&readable),
        };
        Ok(self.store.search(&OrganizationSearch { limit, ..search }).await?)
    }
}
