//! The promises of `OrganizationStore` and `StorageHealth`.

use ringtrue_core::{
    OrgId, Organization, OrganizationOrder, OrganizationPage, OrganizationSearch,
    port::{AnsweringOutcome, InsertOutcome, KeyState, KeyedReply, Storage},
    search::Direction,
};
use time::Duration;
use tokio::task::JoinSet;

use crate::builders::{NOON, call_key, key_claim, keyed_reply};

fn organization(id: &str, name: &str) -> Organization {
    Organization {
        id: OrgId::from_stored(id.to_owned()),
        name: name.to_owned(),
        created_at: NOON + Duration::microseconds(3),
    }
}

async fn insert(storage: &Storage, organization: &Organization) -> InsertOutcome {
    storage.organizations.insert(organization).await.unwrap()
}

pub async fn an_organization_is_found_as_it_was_stored(storage: &Storage) {
    let acme = organization("acme é", "Acme & Töchter");
    assert_eq!(storage.organizations.find(&acme.id).await.unwrap(), None);
    assert_eq!(insert(storage, &acme).await, InsertOutcome::Inserted);
    assert_eq!(
        storage.organizations.find(&acme.id).await.unwrap().as_ref(),
        Some(&acme)
    );
    let other_case = OrgId::from_stored("ACME é".to_owned());
    assert_eq!(storage.organizations.find(&other_case).await.unwrap(), None);
}

pub async fn an_organization_whose_id_is_taken_is_not_stored(storage: &Storage) {
    let first = organization("acme", "First");
    assert_eq!(insert(storage, &first).await, InsertOutcome::Inserted);
    assert_eq!(
        insert(storage, &organization("acme", "Second")).await,
        InsertOutcome::Exists
    );
    assert_eq!(storage.organizations.list().await.unwrap(), [first]);
}

pub async fn organizations_are_listed_by_id(storage: &Storage) {
    assert_eq!(storage.organizations.list().await.unwrap(), []);
    let sorted = ["10", "9", "B", "a", "é"].map(|id| organization(id, "Same"));
    for n in [3, 0, 4, 2, 1] {
        assert_eq!(insert(storage, &sorted[n]).await, InsertOutcome::Inserted);
    }
    assert_eq!(storage.organizations.list().await.unwrap(), sorted);
}

const ALL: OrganizationSearch = OrganizationSearch {
    ids: None,
    names: None,
    sort_by: OrganizationOrder::Id,
    direction: Direction::Ascending,
    offset: 0,
    limit: 100,
};

/// Five organisations, two of which have one name and two one instant; a search tells the ids that it found.
async fn five(storage: &Storage) -> impl AsyncFn(OrganizationSearch) -> (u64, String) {
    let name = ["Same", "b", "B", "é", "Same"];
    let second = [2, 0, 1, 2, 3];
    for (n, id) in ["10", "9", "B", "a", "é"].into_iter().enumerate() {
        let created_at = NOON + Duration::seconds(second[n]);
        let organization = Organization {
            created_at,
            ..organization(id, name[n])
        };
        assert_eq!(insert(storage, &organization).await, InsertOutcome::Inserted);
    }
    async |search| {
        let page = storage.organizations.search(&search).await.unwrap();
        let ids: Vec<_> = page.organizations.iter().map(|found| found.id.as_str()).collect();
        (page.total, ids.join(" "))
    }
}

pub async fn a_search_finds_organizations_whole_and_at_once(storage: &Storage) {
    let nothing = OrganizationPage::default();
    assert_eq!(storage.organizations.search(&ALL).await.unwrap(), nothing);
    let acme = organization("acme é", "Acme & Töchter");
    assert_eq!(insert(storage, &acme).await, InsertOutcome::Inserted);
    let page = OrganizationPage {
        organizations: vec![acme],
        total: 1,
    };
    assert_eq!(storage.organizations.search(&ALL).await.unwrap(), page);
}

pub async fn organizations_are_sorted_byte_by_byte_and_equals_by_id(storage: &Storage) {
    use OrganizationOrder::{CreatedAt, Id, Name};
    let found = five(storage).await;
    for (sort_by, up, down) in [
        (Id, "10 9 B a é", "é a B 9 10"),
        (Name, "B 10 é 9 a", "a 9 é 10 B"),
        (CreatedAt, "9 B 10 a é", "é a 10 B 9"),
    ] {
        for (direction, ids) in [(Direction::Ascending, up), (Direction::Descending, down)] {
            let search = OrganizationSearch {
                sort_by,
                direction,
                ..ALL
            };
            assert_eq!(
                found(search).await,
                (5, ids.to_owned()),
                "{sort_by:?} {direction:?}"
            );
        }
    }
}

pub async fn a_page_of_organizations_is_a_part_and_the_count_is_of_all(storage: &Storage) {
    let found = five(storage).await;
    for (offset, limit, ids) in [
        (0, 2, "10 9"),
        (2, 2, "B a"),
        (4, 2, "é"),
        (5, 2, ""),
        (u64::MAX, 2, ""),
        (1, 0, ""),
        (0, u32::MAX, "10 9 B a é"),
    ] {
        let search = OrganizationSearch { offset, limit, ..ALL };
        assert_eq!(found(search).await, (5, ids.to_owned()), "{offset} {limit}");
    }
}

pub async fn organizations_are_found_by_id_and_by_name(storage: &Storage) {
    let found = five(storage).await;
    let id = |text: &str| OrgId::from_stored(text.to_owned());
    assert_eq!(
        found(ALL.among(&[id("é"), id("nobody"), id("9")])).await,
        (2, "9 é".to_owned())
    );
    assert_eq!(found(ALL.among(&[])).await, (0, String::new()));
    assert_eq!(found(ALL.named("Same")).await, (2, "10 é".to_owned()));
    assert_eq!(found(ALL.named("same")).await, (0, String::new()));
    assert_eq!(
        found(ALL.named("Same").among(&[id("é"), id("a")])).await,
        (1, "é".to_owned())
    );
}

pub async fn of_many_racing_insertions_exactly_one_is_stored(storage: &Storage) {
    let mut racers = JoinSet::new();
    for n in 0..24 {
        let organizations = storage.organizations.clone();
        let candidate = organization("acme", &format!("Acme {n}"));
        racers.spawn(async move { (organizations.insert(&candidate).await.unwrap(), candidate) });
    }
    let outcomes = racers.join_all().await;
    let inserted: Vec<_> = outcomes
        .into_iter()
        .filter_map(|(outcome, candidate)| (outcome == InsertOutcome::Inserted).then_some(candidate))
        .collect();
    assert_eq!(inserted.len(), 1);
    assert_eq!(storage.organizations.list().await.unwrap(), inserted);
}

async fn insert_answering(
    storage: &Storage,
    organization: &Organization,
    reply: &KeyedReply,
) -> AnsweringOutcome {
    let inserted = storage.organizations.insert_answering(organization, reply);
    inserted.await.unwrap()
}

/// What is known of a reply's key.
async fn known(storage: &Storage, reply: &KeyedReply) -> KeyState {
    let claim = key_claim(reply.key, NOON);
    storage.idempotency.claim(&claim, NOON).await.unwrap()
}

pub async fn an_organization_and_the_answer_of_its_call_are_stored_together(storage: &Storage) {
    let (acme, reply) = (organization("acme", "Acme"), keyed_reply(call_key()));
    let outcome = insert_answering(storage, &acme, &reply).await;
    assert_eq!(outcome, AnsweringOutcome::Inserted);
    assert_eq!(storage.organizations.list().await.unwrap(), [acme]);
    assert_eq!(known(storage, &reply).await, KeyState::Answered(reply));
}

pub async fn an_organization_whose_call_was_answered_is_not_stored(storage: &Storage) {
    let (acme, reply) = (organization("acme", "Acme"), keyed_reply(call_key()));
    let first = insert_answering(storage, &acme, &reply).await;
    assert_eq!(first, AnsweringOutcome::Inserted);
    let later = KeyedReply {
        expires_at: reply.expires_at + Duration::DAY,
        ..keyed_reply(reply.key)
    };
    // Whether its id is free or taken.
    for other in [organization("other", "Other"), acme.clone()] {
        let again = insert_answering(storage, &other, &later).await;
        assert_eq!(again, AnsweringOutcome::Answered);
    }
    assert_eq!(storage.organizations.list().await.unwrap(), [acme]);
    assert_eq!(known(storage, &reply).await, KeyState::Answered(reply));
}

pub async fn an_organization_whose_id_is_taken_keeps_no_answer(storage: &Storage) {
    let first = organization("acme", "First");
    assert_eq!(insert(storage, &first).await, InsertOutcome::Inserted);
    let reply = keyed_reply(call_key());
    let second = insert_answering(storage, &organization("acme", "Second"), &reply).await;
    assert_eq!(second, AnsweringOutcome::Exists);
    assert_eq!(storage.organizations.list().await.unwrap(), [first]);
    assert_eq!(known(storage, &reply).await, KeyState::Claimed);
}

/// Half of them choose one id, and the others one each.
pub async fn of_many_who_create_organizations_under_one_key_exactly_one_does(storage: &Storage) {
    let key = call_key();
    let mut racers = JoinSet::new();
    for n in 0..24 {
        let storage = storage.clone();
        let id = if n % 2 == 0 { 0 } else { n };
        let candidate = organization(&id.to_string(), &n.to_string());
        let reply = keyed_reply(key);
        racers.spawn(async move {
            let outcome = insert_answering(&storage, &candidate, &reply).await;
            (outcome, candidate, reply)
        });
    }
    let (won, lost): (Vec<_>, Vec<_>) = racers
        .join_all()
        .await
        .into_iter()
        .partition(|(outcome, ..)| *outcome == AnsweringOutcome::Inserted);
    let [(_, stored, reply)] = <[_; 1]>::try_from(won).unwrap();
    assert!(
        lost.iter()
            .all(|(outcome, ..)| *outcome == AnsweringOutcome::Answered)
    );
    assert_eq!(storage.organizations.list().await.unwrap(), [stored]);
    assert_eq!(known(storage, &reply).await, KeyState::Answered(reply));
}

pub async fn fresh_storage_is_healthy(storage: &Storage) {
    storage.health.check().await.unwrap();
}
