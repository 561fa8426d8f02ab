//! The promises of `OrganizationStore` and `StorageHealth`.

use ringtrue_core::{
    OrgId, Organization,
    port::{InsertOutcome, Storage},
};
use time::Duration;
use tokio::task::JoinSet;

use crate::builders::NOON;

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

pub async fn fresh_storage_is_healthy(storage: &Storage) {
    storage.health.check().await.unwrap();
}
