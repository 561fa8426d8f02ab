//! [`PhoneClaims`](ringtrue_core::port::PhoneClaims), and what the use cases make of claims on verified numbers.

use std::sync::Arc;

use ringtrue_core::{
    Error, OrgChoice, OrgId, Organization, Outcome, UserId,
    code::Code,
    phone_number::PhoneNumber,
    port::{AlignOutcome, InsertOutcome, Storage},
    user::{Command, Delivery, PhoneUniqueness, Refusal, Verification},
};
use tokio::task::JoinSet;

use super::load;
use crate::{
    builders::{NOON, user_id},
    use_cases::{CODE, UseCases, new_user, operator},
};

const NUMBER: &str = "+41791234567";
const OTHER_NUMBER: &str = "+41791234568";
const SEND: Verification = Verification::ByCode(Delivery::Send);
const RETURN: Verification = Verification::ByCode(Delivery::Return);

async fn create(cases: &UseCases, id: &str) -> UserId {
    cases.users.create(&operator(), new_user(id)).await.unwrap().user
}

/// A user of another organisation.
async fn create_elsewhere(cases: &UseCases, storage: &Storage, id: &str) -> UserId {
    let elsewhere = OrgId::from_stored("elsewhere".to_owned());
    let organization = Organization {
        id: elsewhere.clone(),
        name: "Elsewhere".to_owned(),
        created_at: NOON,
    };
    let inserted = storage.organizations.insert(&organization).await.unwrap();
    assert_eq!(inserted, InsertOutcome::Inserted);
    let mut request = new_user(id);
    request.organization = OrgChoice::Named(elsewhere);
    cases.users.create(&operator(), request).await.unwrap().user
}

async fn set(
    cases: &UseCases,
    id: &UserId,
    number: &str,
    verification: Verification,
) -> Result<Outcome, Error> {
    let command = Command::SetPhone {
        number: Ok(PhoneNumber::from_stored(number.to_owned())),
        verification,
    };
    cases.users.execute(&operator(), id, &command).await
}

async fn verify(cases: &UseCases, id: &UserId) -> Result<Outcome, Error> {
    let command = Command::VerifyPhone {
        code: Code::new(CODE),
    };
    cases.users.execute(&operator(), id, &command).await
}

#[track_caller]
fn assert_taken(outcome: &Result<Outcome, Error>) {
    assert!(
        matches!(outcome, Err(Error::Refused(Refusal::PhoneTaken))),
        "{outcome:?}"
    );
}

async fn has_verified(storage: &Storage, id: &UserId) -> bool {
    load(storage, id)
        .await
        .value
        .phone()
        .is_some_and(|phone| phone.verified)
}

pub async fn of_many_users_who_verify_one_number_at_once_exactly_one_does(storage: &Storage) {
    const USERS: usize = 24;
    let cases = UseCases::with_unique_phones(storage, PhoneUniqueness::Instance).await;
    let mut ids = Vec::new();
    for n in 0..USERS {
        let id = create(&cases, &format!("user-{n}")).await;
        set(&cases, &id, NUMBER, RETURN).await.unwrap();
        ids.push(id);
    }
    let mut racers = JoinSet::new();
    for id in ids.clone() {
        let users = Arc::clone(&cases.users);
        racers.spawn(async move {
            let code = Code::new(CODE);
            match users
                .execute(&operator(), &id, &Command::VerifyPhone { code })
                .await
            {
                Ok(_) => true,
                Err(Error::Refused(Refusal::PhoneTaken)) => false,
                Err(error) => panic!("{error:?}"),
            }
        });
    }
    let won = racers.join_all().await.into_iter().filter(|won| *won).count();
    assert_eq!(won, 1);
    let mut verified = 0;
    for id in &ids {
        verified += usize::from(has_verified(storage, id).await);
    }
    assert_eq!(verified, 1);
}

pub async fn whoever_loses_a_number_keeps_the_code_and_no_failure_is_counted(storage: &Storage) {
    let cases = UseCases::with_unique_phones(storage, PhoneUniqueness::Instance).await;
    let (winner, loser) = (create(&cases, "winner").await, create(&cases, "loser").await);
    set(&cases, &winner, NUMBER, Verification::Vouched).await.unwrap();
    set(&cases, &loser, NUMBER, SEND).await.unwrap();
    let before = load(storage, &loser).await;
    assert_taken(&verify(&cases, &loser).await);
    assert_eq!(load(storage, &loser).await, before);
    cases
        .users
        .execute(&operator(), &winner, &Command::RemovePhone)
        .await
        .unwrap();
    verify(&cases, &loser).await.unwrap();
}

pub async fn a_number_that_is_not_verified_stands_in_nobodys_way(storage: &Storage) {
    let cases = UseCases::with_unique_phones(storage, PhoneUniqueness::Instance).await;
    let (squatter, owner) = (create(&cases, "squatter").await, create(&cases, "owner").await);
    set(&cases, &squatter, NUMBER, SEND).await.unwrap();
    set(&cases, &owner, NUMBER, SEND).await.unwrap();
    verify(&cases, &owner).await.unwrap();
    assert!(has_verified(storage, &owner).await && !has_verified(storage, &squatter).await);
}

pub async fn a_number_is_free_again_once_changed_removed_or_deleted_with_its_user(storage: &Storage) {
    let cases = UseCases::with_unique_phones(storage, PhoneUniqueness::Instance).await;
    let next = create(&cases, "next").await;
    for (nth, end) in ["changed", "removed", "deleted"].into_iter().enumerate() {
        let holder = create(&cases, end).await;
        set(&cases, &holder, NUMBER, Verification::Vouched).await.unwrap();
        assert_taken(&set(&cases, &next, NUMBER, Verification::Vouched).await);
        match nth {
            0 => set(&cases, &holder, OTHER_NUMBER, SEND).await.map(drop),
            1 => cases
                .users
                .execute(&operator(), &holder, &Command::RemovePhone)
                .await
                .map(drop),
            _ => cases
                .users
                .execute(&operator(), &holder, &Command::Delete)
                .await
                .map(drop),
        }
        .unwrap();
        set(&cases, &next, NUMBER, Verification::Vouched).await.unwrap();
        cases
            .users
            .execute(&operator(), &next, &Command::RemovePhone)
            .await
            .unwrap();
    }
}

pub async fn with_organization_each_has_one_user_of_a_number(storage: &Storage) {
    let cases = UseCases::with_unique_phones(storage, PhoneUniqueness::Organization).await;
    let (first, second) = (create(&cases, "first").await, create(&cases, "second").await);
    let other = create_elsewhere(&cases, storage, "other").await;
    set(&cases, &first, NUMBER, Verification::Vouched).await.unwrap();
    assert_taken(&set(&cases, &second, NUMBER, Verification::Vouched).await);
    set(&cases, &other, NUMBER, Verification::Vouched).await.unwrap();
}

pub async fn with_off_a_number_has_any_number_of_users(storage: &Storage) {
    let cases = UseCases::over(storage).await;
    for id in ["first", "second", "third"] {
        let id = create(&cases, id).await;
        set(&cases, &id, NUMBER, Verification::Vouched).await.unwrap();
    }
}

/// Users who have verified `NUMBER` while there was no rule.
async fn verified_under_off(storage: &Storage, ids: &[&str]) {
    let cases = UseCases::over(storage).await;
    for id in ids {
        let id = create(&cases, id).await;
        set(&cases, &id, NUMBER, Verification::Vouched).await.unwrap();
    }
}

async fn align(storage: &Storage, rule: PhoneUniqueness) -> AlignOutcome {
    storage.phone_claims.align(rule).await.unwrap()
}

const fn aligned(taken: u64, released: u64) -> AlignOutcome {
    AlignOutcome::Aligned { taken, released }
}

pub async fn aligning_takes_what_the_rule_asks_for_and_releases_the_rest(storage: &Storage) {
    use PhoneUniqueness::{Instance, Off, Organization};
    verified_under_off(storage, &["holder"]).await;
    let cases = UseCases::with_unique_phones(storage, Instance).await;
    let unverified = create(&cases, "unverified").await;
    set(&cases, &unverified, NUMBER, RETURN).await.unwrap();
    assert_eq!(align(storage, Instance).await, aligned(1, 0));
    assert_eq!(
        align(storage, Instance).await,
        aligned(0, 0),
        "nothing is left to do"
    );
    assert_taken(&verify(&cases, &unverified).await);

    // What the adapter wrote is what the rule calls it.
    cases
        .users
        .execute(&operator(), &user_id("holder"), &Command::RemovePhone)
        .await
        .unwrap();
    verify(&cases, &unverified).await.unwrap();
    assert_eq!(align(storage, Instance).await, aligned(0, 0));
    assert_eq!(align(storage, Organization).await, aligned(1, 1));
    let cases = UseCases::with_unique_phones(storage, Organization).await;
    assert_taken(&set(&cases, &user_id("holder"), NUMBER, Verification::Vouched).await);
    assert_eq!(align(storage, Off).await, aligned(0, 1));
}

pub async fn aligning_is_refused_whole_where_users_share_a_verified_number(storage: &Storage) {
    verified_under_off(storage, &["b", "a"]).await;
    let off = UseCases::over(storage).await;
    let lone = create_elsewhere(&off, storage, "lone").await;
    set(&off, &lone, OTHER_NUMBER, Verification::Vouched)
        .await
        .unwrap();
    let contested = AlignOutcome::Contested {
        users: vec![user_id("a"), user_id("b")],
    };
    assert_eq!(align(storage, PhoneUniqueness::Instance).await, contested);
    assert_eq!(align(storage, PhoneUniqueness::Organization).await, contested);
    assert_eq!(
        align(storage, PhoneUniqueness::Off).await,
        aligned(0, 0),
        "nothing was taken"
    );
    off.users
        .execute(&operator(), &user_id("a"), &Command::RemovePhone)
        .await
        .unwrap();
    assert_eq!(align(storage, PhoneUniqueness::Instance).await, aligned(2, 0));
}

pub async fn a_number_verified_under_one_rule_is_given_back_under_another(storage: &Storage) {
    let instance = UseCases::with_unique_phones(storage, PhoneUniqueness::Instance).await;
    let holder = create(&instance, "holder").await;
    set(&instance, &holder, NUMBER, Verification::Vouched)
        .await
        .unwrap();
    let off = UseCases::over(storage).await;
    off.users
        .execute(&operator(), &holder, &Command::Delete)
        .await
        .unwrap();
    assert_eq!(
        align(storage, PhoneUniqueness::Off).await,
        aligned(0, 0),
        "no number of a deleted user is left"
    );
}

pub async fn usernames_are_no_business_of_aligning(storage: &Storage) {
    verified_under_off(storage, &["ada"]).await;
    assert_eq!(align(storage, PhoneUniqueness::Instance).await, aligned(1, 0));
    assert_eq!(align(storage, PhoneUniqueness::Off).await, aligned(0, 1));
    let cases = UseCases::over(storage).await;
    let mut request = new_user("eve");
    request.username = Some("ada".to_owned());
    let refused = cases.users.create(&operator(), request).await;
    assert!(
        matches!(refused, Err(Error::Refused(Refusal::UsernameTaken))),
        "{refused:?}"
    );
}
