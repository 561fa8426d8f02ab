//! A search as SQL. Everything that comes from outside is a bound parameter; the text is made of what stands here.

use ringtrue_core::{
    access::Reading,
    port::StoreError,
    search::{
        Case, Condition, Direction, PhoneMatch, Relation, TextField, TextMatch, UserSearch, end_of_prefix,
        fold,
    },
};
use serde::Serialize;
use sqlx::{QueryBuilder, Sqlite};

use crate::error::rejected;

/// The page. Users are sorted and counted off by what they are found by; only those that are left are read.
pub(super) fn push_page(query: &mut QueryBuilder<Sqlite>, search: &UserSearch) -> Result<(), StoreError> {
    let direction = match search.direction {
        Direction::Ascending => "ASC",
        Direction::Descending => "DESC",
    };
    let column = search.sort_by.column();
    query.push(format_args!(
        "SELECT users.user_id, users.sequence, users.changed_at, users.commit_id, users.document \
         FROM (SELECT n.user_id, n.{column} AS sorted"
    ));
    push_found(query, search)?;
    query.push(format_args!(
        " ORDER BY n.{column} {direction}, n.user_id {direction} LIMIT "
    ));
    query.push_bind(i64::from(search.limit));
    query.push(" OFFSET ");
    query.push_bind(i64::try_from(search.offset).unwrap_or(i64::MAX));
    query.push(format_args!(
        ") AS page JOIN users ON users.user_id = page.user_id ORDER BY page.sorted {direction}, page.user_id {direction}"
    ));
    Ok(())
}

/// How many users there are in all.
pub(super) fn push_count(query: &mut QueryBuilder<Sqlite>, search: &UserSearch) -> Result<(), StoreError> {
    query.push("SELECT count(*)");
    push_found(query, search)
}

/// `FROM … WHERE …`: `n` for what users are found by. Phones are asked for as sets of users, because SQLite makes use of
/// several indexes for alternatives only when all of them are about one table.
fn push_found(query: &mut QueryBuilder<Sqlite>, search: &UserSearch) -> Result<(), StoreError> {
    query.push(" FROM user_search AS n WHERE ");
    if let Reading::Only {
        organizations,
        oneself,
    } = &search.reading
    {
        query.push("(");
        push_among(query, "n.organization_id", organizations)?;
        if let Some(id) = oneself {
            query.push(" OR n.user_id = ").push_bind(id.as_str().to_owned());
        }
        query.push(") AND ");
    }
    push(query, &search.condition)
}

/// Pushes a condition that is never NULL, so that NOT turns it around.
fn push(query: &mut QueryBuilder<Sqlite>, condition: &Condition) -> Result<(), StoreError> {
    match condition {
        Condition::Text(field, text) => push_text(query, *field, text),
        Condition::Phone(phone) => push_phone(query, phone),
        Condition::Standing(standing) => {
            query.push("n.standing = ").push_bind(standing.as_str());
        }
        Condition::Organization(id) => {
            query
                .push("n.organization_id = ")
                .push_bind(id.as_str().to_owned());
        }
        Condition::Ids(ids) => push_among(query, "n.user_id", ids)?,
        Condition::Emails(emails) => {
            let folds: Vec<String> = emails.iter().map(|email| fold(email)).collect();
            query.push("(");
            push_among(query, "n.email_folded", &folds)?;
            query.push(" AND ");
            push_among(query, "n.email", emails)?;
            query.push(")");
        }
        Condition::All(parts) => push_joined(query, parts, " AND ", "TRUE")?,
        Condition::Any(parts) => push_joined(query, parts, " OR ", "FALSE")?,
        Condition::Not(part) => {
            query.push("NOT ");
            push(query, part)?;
        }
    }
    Ok(())
}

fn push_joined(
    query: &mut QueryBuilder<Sqlite>,
    parts: &[Condition],
    by: &str,
    of_none: &str,
) -> Result<(), StoreError> {
    query.push("(");
    for (nth, part) in parts.iter().enumerate() {
        if nth > 0 {
            query.push(by);
        }
        push(query, part)?;
    }
    if parts.is_empty() {
        query.push(of_none);
    }
    query.push(")");
    Ok(())
}

/// By the folded text, which has the indexes, and then by the text itself where case matters.
fn push_text(query: &mut QueryBuilder<Sqlite>, field: TextField, text: &TextMatch) {
    query.push("(");
    push_relation(
        query,
        "n.",
        field.folded_column(),
        text.relation,
        &fold(&text.text),
    );
    if text.case == Case::Matters {
        query.push(" AND ");
        push_relation(query, "n.", field.column(), text.relation, &text.text);
    }
    query.push(")");
}

fn push_phone(query: &mut QueryBuilder<Sqlite>, phone: &PhoneMatch) {
    query.push("n.user_id IN (SELECT p.user_id FROM users AS p WHERE p.phone IS NOT NULL AND ");
    push_relation(query, "p.", "phone", phone.relation, &phone.text);
    query.push(")");
}

fn push_relation(
    query: &mut QueryBuilder<Sqlite>,
    table: &str,
    column: &str,
    relation: Relation,
    text: &str,
) {
    let text = text.to_owned();
    match relation {
        // SQLite's functions have meanings of their own for nothing at all.
        Relation::StartsWith | Relation::Contains | Relation::EndsWith if text.is_empty() => {
            query.push("TRUE");
        }
        Relation::Equals => {
            query.push(format_args!("{table}{column} = ")).push_bind(text);
        }
        // A beginning as a range: SQLite uses indexes for LIKE and GLOB only when their patterns are in the statement.
        Relation::StartsWith => {
            let end = end_of_prefix(&text);
            query.push(format_args!("({table}{column} >= ")).push_bind(text);
            if let Some(end) = end {
                query.push(format_args!(" AND {table}{column} < ")).push_bind(end);
            }
            query.push(")");
        }
        // Functions on bytes, in which no character means anything but itself, and text may hold any.
        Relation::Contains => {
            query.push(format_args!("instr(CAST({table}{column} AS BLOB), CAST("));
            query.push_bind(text).push(" AS BLOB)) > 0");
        }
        Relation::EndsWith => {
            let len = i64::try_from(text.len()).unwrap_or(i64::MAX);
            // Of an empty text substr() makes NULL.
            query.push(format_args!("ifnull(substr(CAST({table}{column} AS BLOB), -"));
            query.push_bind(len).push("), x'') = CAST(");
            query.push_bind(text).push(" AS BLOB)");
        }
    }
}

fn push_among<T: Serialize>(
    query: &mut QueryBuilder<Sqlite>,
    column: &str,
    texts: &[T],
) -> Result<(), StoreError> {
    query.push(format_args!("{column} IN (SELECT value FROM json_each("));
    query.push_bind(serde_json::to_string(texts).map_err(rejected)?);
    query.push("))");
    Ok(())
}
