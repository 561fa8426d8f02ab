//! A search of every kind that may be asked (`contract.md` 1.5), for looking at how a database carries it out.

use ringtrue_core::{
    OrgId,
    access::Reading,
    search::{Case, Condition, Direction, PhoneMatch, Relation, SortBy, TextField, TextMatch, UserSearch},
    user::Standing,
};

use crate::builders::user_id;

/// A search and what it is called.
///
/// What is looked for is what nobody has: whoever has it, a database may or may not have taken note of, by chance, and plans
/// accordingly.
#[derive(Debug, Clone)]
pub struct NamedSearch {
    /// What is special about it.
    pub name: String,
    /// The search.
    pub search: UserSearch,
}

/// The first hundred of everybody who is so, by id.
pub(crate) fn first_hundred(condition: Condition) -> UserSearch {
    UserSearch {
        reading: Reading::Everybody,
        condition,
        sort_by: SortBy::Id,
        direction: Direction::Ascending,
        offset: 0,
        limit: 100,
    }
}

pub(crate) fn text(field: TextField, relation: Relation, case: Case, text: &str) -> Condition {
    let text = text.to_owned();
    Condition::Text(field, TextMatch { relation, case, text })
}

fn username(relation: Relation) -> Condition {
    text(TextField::Username, relation, Case::Ignored, "Name12x34")
}

pub(crate) fn phone(relation: Relation, text: &str) -> Condition {
    let text = text.to_owned();
    Condition::Phone(PhoneMatch { relation, text })
}

fn organization() -> OrgId {
    OrgId::from_stored("org-1".to_owned())
}

/// Conditions of one kind each.
fn plain() -> Vec<(String, Condition)> {
    let mut conditions = Vec::new();
    for field in TextField::ALL {
        for relation in Relation::ALL {
            for case in [Case::Matters, Case::Ignored] {
                let value = match field {
                    TextField::Username | TextField::Email => "Name12x34",
                    TextField::GivenName | TextField::DisplayName => "Given12x34",
                    TextField::FamilyName => "Family12x34",
                    TextField::NickName => "Nick12x34",
                };
                let name = format!("{field:?} {relation:?}, case {case:?}");
                conditions.push((name, text(field, relation, case, value)));
            }
        }
    }
    for relation in Relation::ALL {
        let value = match relation {
            Relation::Equals => "+41799999999",
            Relation::StartsWith => "+4179999999",
            Relation::Contains | Relation::EndsWith => "99999999",
        };
        conditions.push((format!("Phone {relation:?}"), phone(relation, value)));
    }
    let two_letters = text(TextField::Username, Relation::Contains, Case::Ignored, "e1");
    let ids = (1000..1010).map(|nth| user_id(&format!("user-{nth:07}")));
    let emails = (1000..1010).map(|nth| format!("Name{nth}@example.com"));
    conditions.extend([
        ("Username Contains two letters".to_owned(), two_letters),
        (
            "Standing, which few have".to_owned(),
            Condition::Standing(Standing::Locked),
        ),
        (
            "Standing, which most have".to_owned(),
            Condition::Standing(Standing::Active),
        ),
        ("Organization".to_owned(), Condition::Organization(organization())),
        ("Ids".to_owned(), Condition::Ids(ids.collect())),
        ("Emails".to_owned(), Condition::Emails(emails.collect())),
        ("everybody".to_owned(), Condition::everybody()),
        ("nobody".to_owned(), Condition::nobody()),
    ]);
    conditions
}

/// Conditions that are made of others.
fn joined() -> Vec<(String, Condition)> {
    use Relation::{Contains, Equals, StartsWith};
    let not = |condition| Condition::Not(Box::new(condition));
    let phone = || phone(Equals, "+41799999999");
    let family = || text(TextField::FamilyName, StartsWith, Case::Ignored, "Family12x34");
    let conditions = [
        (
            "a name and an organisation",
            Condition::All(vec![username(Equals), Condition::Organization(organization())]),
        ),
        ("two names", Condition::All(vec![username(Contains), family()])),
        (
            "a name and a phone",
            Condition::All(vec![
                text(TextField::GivenName, StartsWith, Case::Ignored, "Given1"),
                phone(),
            ]),
        ),
        (
            "one of two names",
            Condition::Any(vec![username(Equals), family()]),
        ),
        (
            "one of two parts of names",
            Condition::Any(vec![
                username(Contains),
                text(TextField::Email, Contains, Case::Ignored, "name43x21"),
            ]),
        ),
        (
            "a name or a phone",
            Condition::Any(vec![username(Equals), phone()]),
        ),
        (
            "one of two names, and a phone",
            Condition::All(vec![Condition::Any(vec![username(Equals), family()]), phone()]),
        ),
        ("not a name", not(username(Equals))),
        ("not a part of a name", not(username(Contains))),
        ("not a phone", not(phone())),
        (
            "an organisation and not a name",
            Condition::All(vec![
                Condition::Organization(organization()),
                not(username(Equals)),
            ]),
        ),
        (
            "neither of two names",
            not(Condition::Any(vec![username(Equals), family()])),
        ),
    ];
    conditions
        .map(|(name, condition)| (name.to_owned(), condition))
        .into()
}

/// Every kind of condition, sorting, place in the list and right to read.
#[must_use]
pub fn of_every_kind() -> Vec<NamedSearch> {
    let conditions = plain().into_iter().chain(joined());
    let mut searches: Vec<NamedSearch> = conditions
        .map(|(name, condition)| NamedSearch {
            name,
            search: first_hundred(condition),
        })
        .collect();
    let mut add = |name: String, search| searches.push(NamedSearch { name, search });
    let texts = TextField::ALL.map(SortBy::Text);
    for sort_by in [SortBy::Id, SortBy::Standing, SortBy::CreatedAt]
        .into_iter()
        .chain(texts)
    {
        for direction in [Direction::Ascending, Direction::Descending] {
            let everybody = UserSearch {
                sort_by,
                direction,
                ..first_hundred(Condition::everybody())
            };
            add(format!("everybody by {sort_by:?}, {direction:?}"), everybody);
        }
        let few = UserSearch {
            sort_by,
            ..first_hundred(text(
                TextField::FamilyName,
                Relation::Equals,
                Case::Ignored,
                "family12x34",
            ))
        };
        add(format!("few by {sort_by:?}"), few);
    }
    let reading = |oneself| Reading::Only {
        organizations: vec![organization()],
        oneself,
    };
    let oneself = user_id("user-0000007");
    for (name, reading) in [
        ("of an organisation", reading(None)),
        ("of an organisation, and oneself", reading(Some(oneself.clone()))),
        (
            "oneself",
            Reading::Only {
                organizations: Vec::new(),
                oneself: Some(oneself),
            },
        ),
    ] {
        for (which, condition) in [
            ("everybody", Condition::everybody()),
            ("a name", username(Relation::Equals)),
        ] {
            let search = UserSearch {
                reading: reading.clone(),
                ..first_hundred(condition)
            };
            add(format!("{which} {name}"), search);
        }
    }
    searches
}
