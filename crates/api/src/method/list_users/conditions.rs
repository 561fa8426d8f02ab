//! Conditions as the domain has them.

use ringtrue_core::{
    OrgId, UserId,
    search::{Case, Condition, PhoneMatch, Relation, TextField, TextMatch},
    user::Standing,
};
use ringtrue_proto::{
    object::v2::TextQueryMethod,
    user::v2::{SearchQuery, Type, UserState, search_query::Query},
};

use super::super::parts;
use crate::error::{Failure, SearchRefusal};

/// What these conditions ask for. They are valid.
pub(super) fn of(queries: Vec<SearchQuery>) -> Result<Vec<Condition>, Failure> {
    queries.into_iter().map(one).collect()
}

fn one(query: SearchQuery) -> Result<Condition, Failure> {
    let unimplemented = |field| parts::unsupported("SearchQuery", field);
    let empty = || Failure::SearchRefused(SearchRefusal::Empty);
    Ok(match query.query.ok_or_else(empty)? {
        Query::UserNameQuery(it) => text(TextField::Username, it.method(), it.user_name.clone()),
        // The username is the only name to sign in with.
        Query::LoginNameQuery(it) => text(TextField::Username, it.method(), it.login_name.clone()),
        Query::FirstNameQuery(it) => text(TextField::GivenName, it.method(), it.first_name.clone()),
        Query::LastNameQuery(it) => text(TextField::FamilyName, it.method(), it.last_name.clone()),
        Query::NickNameQuery(it) => text(TextField::NickName, it.method(), it.nick_name.clone()),
        Query::DisplayNameQuery(it) => text(TextField::DisplayName, it.method(), it.display_name.clone()),
        Query::EmailQuery(it) => text(TextField::Email, it.method(), it.email_address.clone()),
        Query::PhoneQuery(it) => Condition::Phone(PhoneMatch {
            relation: comparison(it.method()).0,
            text: it.number,
        }),
        Query::StateQuery(it) => match it.state() {
            UserState::Active => Condition::Standing(Standing::Active),
            UserState::Inactive => Condition::Standing(Standing::Inactive),
            UserState::Locked => Condition::Standing(Standing::Locked),
            // Nobody who is there stands so.
            UserState::Unspecified | UserState::Deleted | UserState::Initial => Condition::nobody(),
        },
        // Everybody here is a person.
        Query::TypeQuery(it) => match it.r#type() {
            Type::Human => Condition::everybody(),
            Type::Unspecified | Type::Machine => Condition::nobody(),
        },
        // What cannot be an id is nobody's.
        Query::InUserIdsQuery(it) => Condition::Ids(
            it.user_ids
                .iter()
                .filter_map(|id| UserId::parse(id).ok())
                .collect(),
        ),
        Query::InUserEmailsQuery(it) => Condition::Emails(it.user_emails),
        Query::OrganizationIdQuery(it) => {
            OrgId::parse(&it.organization_id).map_or_else(|_| Condition::nobody(), Condition::Organization)
        }
        Query::OrQuery(it) => Condition::Any(of(it.queries)?),
        Query::AndQuery(it) => Condition::All(of(it.queries)?),
        Query::NotQuery(it) => Condition::Not(Box::new(one(*it.query.ok_or_else(empty)?)?)),
        Query::MetadataKeyFilter(_) => return Err(unimplemented("metadata_key_filter")),
        Query::MetadataValueFilter(_) => return Err(unimplemented("metadata_value_filter")),
    })
}

const fn text(field: TextField, method: TextQueryMethod, text: String) -> Condition {
    let (relation, case) = comparison(method);
    Condition::Text(field, TextMatch { relation, case, text })
}

const fn comparison(method: TextQueryMethod) -> (Relation, Case) {
    match method {
        TextQueryMethod::Equals => (Relation::Equals, Case::Matters),
        TextQueryMethod::EqualsIgnoreCase => (Relation::Equals, Case::Ignored),
        TextQueryMethod::StartsWith => (Relation::StartsWith, Case::Matters),
        TextQueryMethod::StartsWithIgnoreCase => (Relation::StartsWith, Case::Ignored),
        TextQueryMethod::Contains => (Relation::Contains, Case::Matters),
        TextQueryMethod::ContainsIgnoreCase => (Relation::Contains, Case::Ignored),
        TextQueryMethod::EndsWith => (Relation::EndsWith, Case::Matters),
        TextQueryMethod::EndsWithIgnoreCase => (Relation::EndsWith, Case::Ignored),
    }
}
