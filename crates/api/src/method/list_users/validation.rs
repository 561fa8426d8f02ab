//! The rules of each condition's fields (`contract.md` 1.5).

use ringtrue_proto::{
    object::v2::TextQueryMethod,
    user::v2::{SearchQuery, Type, UserState, search_query::Query},
};

use crate::validate::{Invalid, defined, id, required, runes, runes_at_most};

/// Checks the conditions in the field `Queries` of a message.
pub(super) fn each(message: &str, queries: &[SearchQuery]) -> Result<(), Invalid> {
    for (nth, query) in queries.iter().enumerate() {
        one(query).map_err(|inner| inner.within(message, &format!("Queries[{nth}]")))?;
    }
    Ok(())
}

fn one(query: &SearchQuery) -> Result<(), Invalid> {
    const MESSAGE: &str = "SearchQuery";
    let text = |member: &str, field: &str, value: &str, method: i32| {
        runes(member, field, value, (1, 200))?;
        defined::<TextQueryMethod>(member, "Method", method)
    };
    let (member, checked) = match required(MESSAGE, "Query", query.query.as_ref())? {
        Query::UserNameQuery(it) => (
            "UserNameQuery",
            text("UserNameQuery", "UserName", &it.user_name, it.method),
        ),
        Query::FirstNameQuery(it) => (
            "FirstNameQuery",
            text("FirstNameQuery", "FirstName", &it.first_name, it.method),
        ),
        Query::LastNameQuery(it) => (
            "LastNameQuery",
            text("LastNameQuery", "LastName", &it.last_name, it.method),
        ),
        Query::NickNameQuery(it) => (
            "NickNameQuery",
            text("NickNameQuery", "NickName", &it.nick_name, it.method),
        ),
        Query::DisplayNameQuery(it) => (
            "DisplayNameQuery",
            text("DisplayNameQuery", "DisplayName", &it.display_name, it.method),
        ),
        Query::LoginNameQuery(it) => (
            "LoginNameQuery",
            text("LoginNameQuery", "LoginName", &it.login_name, it.method),
        ),
        Query::EmailQuery(it) => (
            "EmailQuery",
            runes_at_most("EmailQuery", "EmailAddress", &it.email_address, 200)
                .and_then(|()| defined::<TextQueryMethod>("EmailQuery", "Method", it.method)),
        ),
        Query::PhoneQuery(it) => (
            "PhoneQuery",
            runes("PhoneQuery", "Number", &it.number, (1, 20))
                .and_then(|()| defined::<TextQueryMethod>("PhoneQuery", "Method", it.method)),
        ),
        Query::StateQuery(it) => (
            "StateQuery",
            defined::<UserState>("StateQuery", "State", it.state),
        ),
        Query::TypeQuery(it) => ("TypeQuery", defined::<Type>("TypeQuery", "Type", it.r#type)),
        Query::OrganizationIdQuery(it) => (
            "OrganizationIdQuery",
            id("OrganizationIdQuery", "OrganizationId", &it.organization_id),
        ),
        Query::OrQuery(it) => ("OrQuery", each("OrQuery", &it.queries)),
        Query::AndQuery(it) => ("AndQuery", each("AndQuery", &it.queries)),
        Query::NotQuery(it) => (
            "NotQuery",
            it.query
                .as_deref()
                .map_or(Ok(()), one)
                .map_err(|inner| inner.within("NotQuery", "Query")),
        ),
        Query::InUserIdsQuery(_)
        | Query::InUserEmailsQuery(_)
        | Query::MetadataKeyFilter(_)
        | Query::MetadataValueFilter(_) => return Ok(()),
    };
    checked.map_err(|inner| inner.within(MESSAGE, member))
}
