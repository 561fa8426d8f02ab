//! A search as SQL. Everything that comes from outside is a bound parameter; the text is made of what stands here.

use ringtrue_core::{
    UserId,
    access::Reading,
    search::{
        Case, Condition, Direction, PhoneMatch, Relation, TextField, TextMatch, UserSearch, end_of_prefix,
        fold,
    },
};
use sqlx::{Postgres, QueryBuilder};

/// The page. Users are sorted and counted off by what they are found by; only those that are left are read.
pub(super) fn push_page(query: &mut QueryBuilder<Postgres>, search: &UserSearch) {
    let direction = match search.direction {
        Direction::Ascending => "ASC",
        Direction::Descending => "DESC",
    };
    let column = search.sort_by.column();
    query
        .push("SELECT users.user_id, users.sequence, users.changed_at, users.commit_id, users.document FROM (SELECT n.user_id, n.")
        .push(column)
        .push(" AS sorted");
    push_found(query, search);
    query.push(format_args!(
        " ORDER BY n.{column} {direction}, n.user_id {direction} LIMIT "
    ));
    query.push_bind(i64::from(search.limit));
    query.push(" OFFSET ");
    query.push_bind(i64::try_from(search.offset).unwrap_or(i64::MAX));
    query.push(format_args!(
        ") AS page JOIN users ON users.user_id = page.user_id ORDER BY page.sorted {direction}, page.user_id {direction}"
    ));
}

/// How many users there are in all.
pub(super) fn push_count(query: &mut QueryBuilder<Postgres>, search: &UserSearch) {
    query.push("SELECT count(*)");
    push_found(query, search);
}

/// `FROM … WHERE …`: `n` for what users are found by, and `p` for their phones where these are asked for.
fn push_found(query: &mut QueryBuilder<Postgres>, search: &UserSearch) {
    query.push(" FROM user_search AS n");
    if joins_phones(&search.condition) {
        query.push(" JOIN users AS p ON p.user_id = n.user_id");
    }
    query.push(" WHERE ");
    push_reading(query, &search.reading);
    query.push(" AND ");
    push(query, &search.condition, Phones::Joined);
}

fn push_reading(query: &mut QueryBuilder<Postgres>, reading: &Reading) {
    match reading {
        Reading::Everybody => {
            query.push("TRUE");
        }
        Reading::Only {
            organizations,
            oneself,
        } => {
            let ids: Vec<String> = organizations.iter().map(|id| id.as_str().to_owned()).collect();
            query.push("(n.organization_id = ANY (").push_bind(ids).push(")");
            if let Some(id) = oneself {
                query.push(" OR n.user_id = ").push_bind(id.as_str().to_owned());
            }
            query.push(")");
        }
    }
}

/// How a condition gets at phones.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Phones {
    /// In the row of `p` that is joined.
    Joined,
    /// By themselves, as a set of users. The planner makes one bitmap of the indexes of alternatives only when all of
    /// them are about one table.
    Apart,
}

/// Whether some part of a condition gets at phones in a joined row; in step with [`push`].
fn joins_phones(condition: &Condition) -> bool {
    match condition {
        Condition::Any(_) if mixes(condition) => false,
        Condition::Any(parts) | Condition::All(parts) => parts.iter().any(joins_phones),
        Condition::Not(part) => joins_phones(part),
        other => other.asks_for_phone(),
    }
}

/// Whether alternatives are about phones and about something else.
fn mixes(condition: &Condition) -> bool {
    condition.asks_for_phone() && !condition.asks_for_phone_alone()
}

/// Pushes a condition that is never NULL, so that NOT turns it around.
fn push(query: &mut QueryBuilder<Postgres>, condition: &Condition, phones: Phones) {
    if phones == Phones::Apart && condition.asks_for_phone_alone() {
        query.push("n.user_id = ANY (ARRAY(SELECT p.user_id FROM users AS p WHERE ");
        push(query, condition, Phones::Joined);
        query.push("))");
        return;
    }
    match condition {
        Condition::Text(field, text) => push_text(query, *field, text),
        Condition::Phone(phone) => push_phone(query, phone),
        Condition::Standing(standing) => {
            query.push("n.standing = ").push_bind(standing.as_str());
        }
        Condition::Organization(id) => push_equals(query, "n.organization_id", id.as_str()),
        Condition::Ids(ids) => push_among(query, "n.user_id", ids.iter().map(UserId::as_str)),
        Condition::Emails(emails) => {
            let folds: Vec<String> = emails.iter().map(|email| fold(email)).collect();
            query.push("(");
            push_among(query, "n.email_folded", folds.iter().map(String::as_str));
            query.push(" AND ");
            push_among(query, "n.email", emails.iter().map(String::as_str));
            query.push(")");
        }
        Condition::All(parts) => push_joined(query, parts, " AND ", "TRUE", phones),
        Condition::Any(parts) => {
            let phones = if mixes(condition) { Phones::Apart } else { phones };
            push_joined(query, parts, " OR ", "FALSE", phones);
        }
        Condition::Not(part) => {
            query.push("NOT ");
            push(query, part, phones);
        }
    }
}

fn push_joined(
    query: &mut QueryBuilder<Postgres>,
    parts: &[Condition],
    by: &str,
    of_none: &str,
    phones: Phones,
) {
    query.push("(");
    for (nth, part) in parts.iter().enumerate() {
        if nth > 0 {
            query.push(by);
        }
        push(query, part, phones);
    }
    if parts.is_empty() {
        query.push(of_none);
    }
    query.push(")");
}

/// By the folded text, which has the indexes, and then by the text itself where case matters.
fn push_text(query: &mut QueryBuilder<Postgres>, field: TextField, text: &TextMatch) {
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

/// A phone is NULL for whoever has none.
fn push_phone(query: &mut QueryBuilder<Postgres>, phone: &PhoneMatch) {
    query.push("(p.phone IS NOT NULL AND ");
    push_relation(query, "p.", "phone", phone.relation, &phone.text);
    query.push(")");
}

fn push_relation(
    query: &mut QueryBuilder<Postgres>,
    table: &str,
    column: &str,
    relation: Relation,
    text: &str,
) {
    let column = format_args!("{table}{column}");
    match relation {
        _ if is_unknown_to_postgres(text) => {
            query.push("FALSE");
        }
        Relation::Equals => push_equals(query, column, text),
        // A beginning as a range, which an index finds whatever the planner knows of the text.
        Relation::StartsWith => {
            query
                .push(format_args!("({column} >= "))
                .push_bind(text.to_owned());
            if let Some(end) = end_of_prefix(text) {
                query.push(format_args!(" AND {column} < ")).push_bind(end);
            }
            query.push(")");
        }
        Relation::Contains => {
            let pattern = format!("%{}%", escaped(text));
            query.push(format_args!("{column} LIKE ")).push_bind(pattern);
        }
        Relation::EndsWith => {
            let pattern = format!("%{}", escaped(text));
            query.push(format_args!("{column} LIKE ")).push_bind(pattern);
        }
    }
}

fn push_equals(query: &mut QueryBuilder<Postgres>, column: impl std::fmt::Display, text: &str) {
    if is_unknown_to_postgres(text) {
        query.push("FALSE");
    } else {
        query.push(column).push(" = ").push_bind(text.to_owned());
    }
}

fn push_among<'a>(query: &mut QueryBuilder<Postgres>, column: &str, texts: impl Iterator<Item = &'a str>) {
    let known: Vec<String> = texts
        .filter(|text| !is_unknown_to_postgres(text))
        .map(str::to_owned)
        .collect();
    query
        .push(format_args!("{column} = ANY ("))
        .push_bind(known)
        .push(")");
}

/// The one character that PostgreSQL has not, so that no text there can be compared with it.
fn is_unknown_to_postgres(text: &str) -> bool {
    text.contains('\0')
}

/// A text for LIKE in which every character means itself.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}
