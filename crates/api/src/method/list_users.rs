mod conditions;
mod validation;

use ringtrue_core::{
    UserQuery,
    search::{SortBy, TextField},
};
use ringtrue_proto::{
    object::v2::ListDetails,
    user::v2::{ListUsersRequest, ListUsersResponse, UserFieldName},
};

use super::{Method, parts, person};
use crate::{
    app::App,
    authenticate::Caller,
    error::Failure,
    surface::Version,
    validate::{Invalid, defined},
};

const MESSAGE: &str = "ListUsersRequest";

/// `POST /v2/users`
pub(super) struct ListUsers;

impl Method for ListUsers {
    const NAME: &'static str = "ListUsers";
    const READS: bool = true;
    type Request = ListUsersRequest;
    type Response = ListUsersResponse;

    fn validate(request: &ListUsersRequest, _: Version) -> Result<(), Invalid> {
        defined::<UserFieldName>(MESSAGE, "SortingColumn", request.sorting_column)?;
        validation::each(MESSAGE, &request.queries)
    }

    async fn call(
        app: &App,
        caller: &Caller,
        request: ListUsersRequest,
    ) -> Result<ListUsersResponse, Failure> {
        let sort_by = sort_by(request.sorting_column());
        let part = request.query.unwrap_or_default();
        let query = UserQuery {
            conditions: conditions::of(request.queries)?,
            sort_by,
            direction: parts::direction(part.asc),
            offset: part.offset,
            limit: part.limit,
        };
        let found = app.users.search(&caller.actor, query).await?;
        let users = &found.page.users;
        Ok(ListUsersResponse {
            // There is no sequence up to which the list is complete: it is read from the users themselves.
            details: Some(ListDetails {
                total_result: found.page.total,
                processed_sequence: 0,
                timestamp: Some(parts::timestamp(found.at)),
            }),
            // The peer never fills it.
            sorting_column: UserFieldName::Unspecified.into(),
            result: users
                .iter()
                .filter_map(|user| person::user(&user.id, &user.now))
                .collect(),
        })
    }
}

/// Everybody here is a person, so that by type all are alike and go by id.
const fn sort_by(column: UserFieldName) -> SortBy {
    match column {
        UserFieldName::Unspecified | UserFieldName::Type => SortBy::Id,
        UserFieldName::UserName => SortBy::Text(TextField::Username),
        UserFieldName::FirstName => SortBy::Text(TextField::GivenName),
        UserFieldName::LastName => SortBy::Text(TextField::FamilyName),
        UserFieldName::NickName => SortBy::Text(TextField::NickName),
        UserFieldName::DisplayName => SortBy::Text(TextField::DisplayName),
        UserFieldName::Email => SortBy::Text(TextField::Email),
        UserFieldName::State => SortBy::Standing,
        UserFieldName::CreationDate => SortBy::CreatedAt,
    }
}
