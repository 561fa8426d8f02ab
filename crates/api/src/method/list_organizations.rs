use ringtrue_core::{OrgId, Organization, OrganizationOrder, OrganizationSearch};
use ringtrue_proto::{
    object::v2::{self, ListDetails, ListQuery, TextQueryMethod},
    org::v2::{
        self as org, ListOrganizationsRequest, ListOrganizationsResponse, OrganizationFieldName,
        OrganizationState, SearchQuery, search_query::Query,
    },
};

use super::{Method, add_organization, parts};
use crate::{
    app::App,
    authenticate::Caller,
    error::Failure,
    surface::Version,
    validate::{Invalid, defined, id, required, runes},
};

const MESSAGE: &str = "ListOrganizationsRequest";

/// `POST /v2/organizations/_search`
pub(super) struct ListOrganizations;

impl Method for ListOrganizations {
    const SERVICE: &'static str = "OrganizationService";
    const NAME: &'static str = "ListOrganizations";
    const READS: bool = true;
    type Request = ListOrganizationsRequest;
    type Response = ListOrganizationsResponse;

    fn validate(request: &ListOrganizationsRequest, _: Version) -> Result<(), Invalid> {
        defined::<OrganizationFieldName>(MESSAGE, "SortingColumn", request.sorting_column)?;
        for (n, query) in request.queries.iter().enumerate() {
            validate_query(query).map_err(|inner| inner.within(MESSAGE, &format!("Queries[{n}]")))?;
        }
        Ok(())
    }

    async fn call(
        app: &App,
        caller: &Caller,
        request: ListOrganizationsRequest,
    ) -> Result<ListOrganizationsResponse, Failure> {
        refuse_what_we_cannot_do(&request)?;
        let query = request.query.unwrap_or_default();
        let mut search = everything(&query, request.sorting_column);
        for condition in request.queries.into_iter().filter_map(|query| query.query) {
            search = match condition {
                Query::NameQuery(query) => search.named(&query.name),
                Query::IdQuery(query) => match OrgId::parse(&query.id) {
                    Ok(id) => search.among(&[id]),
                    Err(_) => search.among(&[]),
                },
                Query::DefaultQuery(_) => {
                    let default = app.organizations.default_organization().clone();
                    search.among(&[default])
                }
                // Every organisation that there is can be used.
                Query::StateQuery(query) if query.state == i32::from(OrganizationState::Active) => search,
                Query::StateQuery(_) | Query::DomainQuery(_) => search.among(&[]),
            };
        }
        let page = app.organizations.search(&caller.actor, search).await?;
        Ok(ListOrganizationsResponse {
            details: Some(ListDetails {
                total_result: page.total,
                processed_sequence: 0,
                timestamp: Some(parts::timestamp(app.clock.now())),
            }),
            sorting_column: OrganizationFieldName::Unspecified.into(),
            result: page.organizations.into_iter().map(organization).collect(),
        })
    }
}

fn validate_query(query: &SearchQuery) -> Result<(), Invalid> {
    const MESSAGE: &str = "SearchQuery";
    match required(MESSAGE, "Query", query.query.as_ref())? {
        Query::NameQuery(query) => validate_text("OrganizationNameQuery", "Name", &query.name, query.method)
            .map_err(|inner| inner.within(MESSAGE, "NameQuery")),
        Query::DomainQuery(query) => {
            validate_text("OrganizationDomainQuery", "Domain", &query.domain, query.method)
                .map_err(|inner| inner.within(MESSAGE, "DomainQuery"))
        }
        Query::StateQuery(query) => {
            defined::<OrganizationState>("OrganizationStateQuery", "State", query.state)
                .map_err(|inner| inner.within(MESSAGE, "StateQuery"))
        }
        Query::IdQuery(query) => {
            id("OrganizationIDQuery", "Id", &query.id).map_err(|inner| inner.within(MESSAGE, "IdQuery"))
        }
        Query::DefaultQuery(_) => Ok(()),
    }
}

fn validate_text(message: &str, field: &str, text: &str, method: i32) -> Result<(), Invalid> {
    runes(message, field, text, (1, 200))?;
    defined::<TextQueryMethod>(message, "Method", method)
}

fn refuse_what_we_cannot_do(request: &ListOrganizationsRequest) -> Result<(), Failure> {
    let asked = |unsupported: fn(&Query) -> bool| {
        let mut conditions = request.queries.iter().filter_map(|query| query.query.as_ref());
        conditions.any(unsupported)
    };
    parts::refuse_unsupported(
        MESSAGE,
        [
            (
                "queries.domain_query",
                asked(|query| matches!(query, Query::DomainQuery(_))),
            ),
            (
                "queries.name_query.method",
                asked(|query| {
                    let method = i32::from(TextQueryMethod::Equals);
                    matches!(query, Query::NameQuery(query) if query.method != method)
                }),
            ),
        ],
    )
}

/// Every organisation, sorted and cut as the caller asks.
fn everything(query: &ListQuery, sorting_column: i32) -> OrganizationSearch {
    OrganizationSearch {
        ids: None,
        names: None,
        sort_by: match OrganizationFieldName::try_from(sorting_column) {
            Ok(OrganizationFieldName::Name) => OrganizationOrder::Name,
            Ok(OrganizationFieldName::CreationDate) => OrganizationOrder::CreatedAt,
            Ok(OrganizationFieldName::Unspecified) | Err(_) => OrganizationOrder::Id,
        },
        direction: parts::direction(query.asc),
        offset: query.offset,
        limit: query.limit,
    }
}

fn organization(found: Organization) -> org::Organization {
    let (id, name) = (found.id.as_str().to_owned(), found.name.clone());
    let created_at = found.created_at;
    org::Organization {
        id,
        details: Some(v2::Details {
            creation_date: Some(parts::timestamp(created_at)),
            ..parts::details(&add_organization::details(found))
        }),
        state: OrganizationState::Active.into(),
        name,
        primary_domain: String::new(),
    }
}
