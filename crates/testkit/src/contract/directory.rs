//! The promises of `Directory`.

use proptest::{
    collection::vec,
    prelude::{Just, Strategy, any, prop_oneof},
    sample::select,
    test_runner::{Config, TestCaseError, TestRunner},
};
use ringtrue_core::{
    EmailAddress, OrgId, UserId,
    access::Reading,
    phone_number::PhoneNumber,
    port::{Commit, Storage, Versioned},
    search::{
        CONDITIONS_MAX, Case, Condition, Direction, LIMIT_MAX, NESTING_MAX, Page, PhoneMatch, Relation,
        SortBy, TextField, TextMatch, UserSearch,
    },
    user::{Event, Profile, Standing, User, evolve},
};
use time::Duration;
use tokio::{runtime::Handle, task::block_in_place};

use super::write;
use crate::{
    builders::{NOON, creation, deletion, next, user_id},
    searches::{first_hundred, phone, text},
};

/// Texts that differ little, are alike once folded, or are made of what means something to databases.
const TEXTS: [&str; 24] = [
    "ada",
    "Ada",
    "ADA",
    "adam",
    "nada",
    "a",
    "%",
    "_",
    "a_a",
    "a%a",
    "\\",
    "a\\",
    "'",
    "\"",
    "Straße",
    "STRASSE",
    "İz",
    "iz",
    "ΑΣ",
    "ας",
    "日本語",
    "é",
    "e\u{301}",
    "\u{10FFFF}",
];
const NUMBERS: [&str; 5] = [
    "+41791234567",
    "+41791234568",
    "+4179",
    "+14155552671",
    "+420601123456",
];
const STANDINGS: [Standing; 3] = [Standing::Active, Standing::Inactive, Standing::Locked];
const FATES: [Event; 3] = [Event::UserLocked, Event::UserDeactivated, Event::UserRemoved];
const ORGANIZATIONS: [&str; 3] = ["org", "Org", "org%"];

fn organization(id: &str) -> OrgId {
    OrgId::from_stored(id.to_owned())
}

/// What a user is found by.
#[derive(Debug, Clone)]
struct Person {
    organization: &'static str,
    names: Vec<&'static str>,
    nick_name: bool,
    phone: Option<&'static str>,
    age: i64,
    then: Option<Event>,
}

fn person() -> impl Strategy<Value = Person> {
    (
        select(&ORGANIZATIONS[..]),
        vec(select(&TEXTS[..]), 6),
        any::<bool>(),
        proptest::option::of(select(&NUMBERS[..])),
        0_i64..5,
        proptest::option::weighted(0.4, select(&FATES[..])),
    )
        .prop_map(|(organization, names, nick_name, phone, age, then)| Person {
            organization,
            names,
            nick_name,
            phone,
            age,
            then,
        })
}

impl Person {
    fn event(&self) -> Event {
        let name = |nth: usize| self.names[nth].to_owned();
        Event::UserAdded {
            organization: organization(self.organization),
            username: name(0),
            profile: Profile {
                given_name: name(1),
                family_name: name(2),
                nick_name: self.nick_name.then(|| name(3)),
                display_name: name(4),
                preferred_language: None,
                gender: None,
            },
            email: EmailAddress::parse(&format!("{}@example.com", self.names[5].replace(['"', ' '], "x")))
                .unwrap(),
            phone: self
                .phone
                .map(|number| PhoneNumber::from_stored(number.to_owned())),
            created_at: NOON + Duration::seconds(self.age),
        }
    }

    /// The commit that creates the person; no names are taken, so that many may have the same.
    fn creation(&self, id: &str) -> Commit {
        let event = self.event();
        Commit {
            after: evolve(User::Absent, &event),
            events: vec![event],
            take: Vec::new(),
            ..creation(id)
        }
    }
}

fn text_match() -> impl Strategy<Value = TextMatch> {
    let text = prop_oneof![
        4 => select(&TEXTS[..]).prop_map(str::to_owned),
        1 => select(&["da", "@example.com", "AS", "ß", "SS", "σ", "Σ", "本", "", "xyz", "EXAMPLE"][..])
            .prop_map(str::to_owned),
    ];
    let case = prop_oneof![Just(Case::Matters), Just(Case::Ignored)];
    (select(&Relation::ALL[..]), case, text).prop_map(|(relation, case, text)| TextMatch {
        relation,
        case,
        text,
    })
}

fn phone_match() -> impl Strategy<Value = PhoneMatch> {
    let text = select(
        &[
            "+41791234567",
            "+4179",
            "+",
            "79",
            "567",
            "1",
            "+4",
            "+420601123456",
            "9999",
            "",
        ][..],
    );
    (select(&Relation::ALL[..]), text).prop_map(|(relation, text)| PhoneMatch {
        relation,
        text: text.to_owned(),
    })
}

fn id(nth: usize) -> String {
    format!("user-{nth:02}")
}

fn condition() -> impl Strategy<Value = Condition> {
    let emails = TEXTS
        .iter()
        .map(|text| format!("{text}@example.com"))
        .collect::<Vec<_>>();
    let leaf = prop_oneof![
        6 => (select(&TextField::ALL[..]), text_match()).prop_map(|(field, text)| Condition::Text(field, text)),
        4 => phone_match().prop_map(Condition::Phone),
        1 => select(&STANDINGS[..]).prop_map(Condition::Standing),
        1 => select(&ORGANIZATIONS[..]).prop_map(|id| Condition::Organization(organization(id))),
        1 => vec(0_usize..80, 0..5)
            .prop_map(|ids| Condition::Ids(ids.into_iter().map(|nth| user_id(&id(nth))).collect())),
        1 => vec(select(emails), 0..4).prop_map(Condition::Emails),
    ];
    leaf.prop_recursive(4, 12, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Condition::All),
            vec(inner.clone(), 0..4).prop_map(Condition::Any),
            inner.prop_map(|part| Condition::Not(Box::new(part))),
        ]
    })
}

fn search() -> impl Strategy<Value = UserSearch> {
    let oneself = proptest::option::of((0_usize..80).prop_map(|nth| user_id(&id(nth))));
    let reading = prop_oneof![
        2 => Just(Reading::Everybody),
        1 => (vec(select(&ORGANIZATIONS[..]).prop_map(organization), 0..3), oneself)
            .prop_map(|(organizations, oneself)| Reading::Only { organizations, oneself }),
    ];
    let sort_by = prop_oneof![
        Just(SortBy::Id),
        Just(SortBy::Standing),
        Just(SortBy::CreatedAt),
        select(&TextField::ALL[..]).prop_map(SortBy::Text),
    ];
    let direction = prop_oneof![Just(Direction::Ascending), Just(Direction::Descending)];
    let offset = prop_oneof![6 => 0_u64..8, 1 => Just(u64::MAX)];
    (reading, condition(), sort_by, direction, offset, 1_u32..100).prop_map(
        |(reading, condition, sort_by, direction, offset, limit)| UserSearch {
            reading,
            condition,
            sort_by,
            direction,
            offset,
            limit,
        },
    )
}

/// Everybody, by id, the first first.
fn everybody(condition: Condition) -> UserSearch {
    UserSearch {
        limit: LIMIT_MAX,
        ..first_hundred(condition)
    }
}

async fn ids(storage: &Storage, search: &UserSearch) -> Vec<String> {
    let page = storage.directory.search(search).await.unwrap();
    page.users
        .into_iter()
        .map(|found| found.id.as_str().to_owned())
        .collect()
}

/// Writes as many people as `TEXTS` makes likely to share something; gives what is stored of each.
async fn populate(storage: &Storage, runner: &mut TestRunner) -> Vec<(UserId, Versioned<User>)> {
    let people = vec(person(), 70).new_tree(runner).unwrap();
    let people = proptest::strategy::ValueTree::current(&people);
    let created: Vec<Commit> = people
        .iter()
        .enumerate()
        .map(|(nth, person)| person.creation(&id(nth)))
        .collect();
    write(storage, &created).await;
    let changed: Vec<Commit> = people
        .iter()
        .zip(&created)
        .filter_map(|(person, commit)| match person.then.clone()? {
            Event::UserRemoved => Some(deletion(commit)),
            event => Some(next(commit, event)),
        })
        .collect();
    write(storage, &changed).await;
    let ids: Vec<UserId> = created.iter().map(|commit| commit.user.clone()).collect();
    let stored = storage.users.load(&ids).await.unwrap();
    ids.into_iter().zip(stored).collect()
}

pub async fn every_search_gives_the_page_that_its_meaning_says(storage: &Storage) {
    let config = Config {
        cases: 400,
        failure_persistence: None,
        ..Config::default()
    };
    let mut runner = TestRunner::new(config);
    let users = populate(storage, &mut runner).await;
    let handle = Handle::current();
    let outcome = block_in_place(|| {
        let outcome = runner.run(&search(), |search| {
            let meant = Page::select(users.iter().map(|(id, now)| (id, now)), &search);
            let given = handle
                .block_on(storage.directory.search(&search))
                .map_err(|error| TestCaseError::fail(format!("{error:?}")))?;
            if given == meant {
                return Ok(());
            }
            let shown = |page: &Page| {
                let ids: Vec<String> = page.users.iter().map(|found| found.id.to_string()).collect();
                format!("{} of {}", ids.join(" "), page.total)
            };
            let (given, meant) = (shown(&given), shown(&meant));
            Err(TestCaseError::fail(format!("{given} instead of {meant}")))
        });
        outcome.map_err(|error| error.to_string())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}

pub async fn what_is_acknowledged_is_found_and_what_is_gone_is_not(storage: &Storage) {
    let named = everybody(text(TextField::Username, Relation::Equals, Case::Matters, "ada"));
    let by_phone = |number: &str| everybody(phone(Relation::Equals, number));
    let created = creation("ada");
    write(storage, std::slice::from_ref(&created)).await;
    assert_eq!(ids(storage, &named).await, ["ada"]);

    let set = |before: &Commit, number: &str| {
        let phone = PhoneNumber::from_stored(number.to_owned());
        next(before, Event::PhoneChanged { phone })
    };
    let first = set(&created, "+41791234567");
    write(storage, std::slice::from_ref(&first)).await;
    assert_eq!(ids(storage, &by_phone("+41791234567")).await, ["ada"]);
    let second = set(&first, "+41791234568");
    write(storage, std::slice::from_ref(&second)).await;
    assert_eq!(ids(storage, &by_phone("+41791234567")).await, [""; 0]);
    assert_eq!(ids(storage, &by_phone("+41791234568")).await, ["ada"]);

    let gone = deletion(&second);
    write(storage, std::slice::from_ref(&gone)).await;
    let anybody = everybody(Condition::everybody());
    for search in [&named, &by_phone("+41791234568"), &anybody] {
        assert_eq!(storage.directory.search(search).await.unwrap(), Page::default());
    }

    let mut back = creation("ada");
    back.expected = gone.sequence();
    write(storage, std::slice::from_ref(&back)).await;
    assert_eq!(ids(storage, &named).await, ["ada"]);
}

pub async fn a_commit_that_is_not_written_changes_nothing_that_is_found(storage: &Storage) {
    write(storage, &[creation("ada")]).await;
    let mut stale = Person {
        organization: "org",
        names: vec!["bea"; 6],
        nick_name: false,
        phone: None,
        age: 0,
        then: None,
    }
    .creation("ada");
    stale.expected = 7;
    let outcomes = storage.users.commit(&[stale]).await.unwrap();
    assert_eq!(outcomes, [ringtrue_core::port::CommitOutcome::Conflict]);
    let bea = everybody(text(TextField::Username, Relation::Equals, Case::Matters, "bea"));
    assert_eq!(ids(storage, &bea).await, [""; 0]);
    let ada = everybody(text(TextField::Username, Relation::Equals, Case::Matters, "ada"));
    assert_eq!(ids(storage, &ada).await, ["ada"]);
}

pub async fn pages_follow_one_another_without_gap_or_overlap(storage: &Storage) {
    // All are called the same: only ties.
    let created: Vec<Commit> = (0..25).map(|nth| creation(&id(nth * 7 % 25))).collect();
    write(storage, &created).await;
    let by_name = SortBy::Text(TextField::GivenName);
    for direction in [Direction::Ascending, Direction::Descending] {
        let whole = UserSearch {
            sort_by: by_name,
            direction,
            ..everybody(Condition::everybody())
        };
        let whole_ids = ids(storage, &whole).await;
        assert_eq!(whole_ids.len(), 25);
        let mut paged = Vec::new();
        for offset in (0..30).step_by(4) {
            let page = UserSearch {
                offset,
                limit: 4,
                ..whole.clone()
            };
            let found = storage.directory.search(&page).await.unwrap();
            assert_eq!(found.total, 25, "at {offset}");
            paged.extend(found.users.into_iter().map(|found| found.id.to_string()));
        }
        assert_eq!(paged, whole_ids);
    }
}

pub async fn the_largest_search_that_may_be_asked_is_answered(storage: &Storage) {
    write(storage, &[creation("ada")]).await;
    let mut wide: Vec<Condition> = (0..CONDITIONS_MAX)
        .map(|nth| {
            text(
                TextField::GivenName,
                Relation::Contains,
                Case::Matters,
                &format!("none {nth}"),
            )
        })
        .collect();
    wide.push(phone(Relation::StartsWith, "+41"));
    wide.push(text(TextField::GivenName, Relation::Equals, Case::Ignored, "ADA"));
    assert_eq!(
        ids(storage, &everybody(Condition::Any(wide.clone()))).await,
        ["ada"]
    );
    let mut deep = Condition::Any(wide);
    for _ in 0..NESTING_MAX / 2 {
        deep = Condition::Not(Box::new(Condition::All(vec![deep, Condition::everybody()])));
    }
    assert_eq!(ids(storage, &everybody(deep)).await, ["ada"]);
    let many = (0..5_000).map(|nth| user_id(&id(nth))).chain([user_id("ada")]);
    assert_eq!(
        ids(storage, &everybody(Condition::Ids(many.collect()))).await,
        ["ada"]
    );
}

pub async fn what_no_text_can_hold_is_found_nowhere(storage: &Storage) {
    write(storage, &[creation("ada")]).await;
    let nul = "ada\0";
    for relation in Relation::ALL {
        for case in [Case::Matters, Case::Ignored] {
            let search = everybody(text(TextField::Username, relation, case, nul));
            assert_eq!(ids(storage, &search).await, [""; 0], "{relation:?}");
        }
        assert_eq!(ids(storage, &everybody(phone(relation, nul))).await, [""; 0]);
    }
    for condition in [
        Condition::Ids(vec![user_id(nul)]),
        Condition::Emails(vec![nul.to_owned()]),
        Condition::Organization(organization(nul)),
    ] {
        assert_eq!(ids(storage, &everybody(condition)).await, [""; 0]);
    }
}
