//! What the use cases promise of organisations that are created under an `Idempotency-Key`.

use std::sync::Arc;

use ringtrue_core::{
    Error, OrgId, Organization, Organizations,
    access::{Actor, Subject},
    idempotency::{Begun, Call, Idempotency, IdempotencyKey, IdempotencyRules},
    keys::{Key, KeyRing},
    port::{Storage, StoreError},
    user::Refusal,
};
use ringtrue_memory::{ManualClock, SequentialIdSource};
use time::Duration;
use tokio::task::JoinSet;

use crate::{
    faulty::{Fault, Faulty},
    use_cases::operator,
};

const LEASE: Duration = Duration::seconds(30);

/// The use cases of organisations, and calls under a key.
struct Keyed {
    organizations: Organizations,
    calls: Idempotency,
    clock: ManualClock,
}

impl Keyed {
    fn over(storage: &Storage, lease: Duration) -> Self {
        let clock = ManualClock::default();
        let ids = Arc::new(SequentialIdSource::default());
        let organizations = Organizations::new(
            storage.organizations.clone(),
            Arc::new(clock.clone()),
            ids.clone(),
            OrgId::from_stored("default".to_owned()),
        );
        let keys = Arc::new(KeyRing::new(vec![Key::new("k1", [7; 32])]).unwrap());
        let rules = IdempotencyRules {
            lease,
            ..IdempotencyRules::default()
        };
        let calls = Idempotency::new(
            storage.idempotency.clone(),
            Arc::new(clock.clone()),
            ids,
            keys,
            rules,
        );
        Self {
            organizations,
            calls,
            clock,
        }
    }

    async fn begin(&self) -> Begun {
        let key = IdempotencyKey::parse("k").unwrap();
        let subject = operator().subject;
        let begun = self.calls.begin(&subject, "test.Create", &key, b"acme");
        begun.await.unwrap()
    }

    async fn call(&self) -> Arc<Call> {
        match self.begin().await {
            Begun::Call(call) => call,
            Begun::InFlight => panic!("in flight"),
            Begun::OtherPayload => panic!("another payload"),
        }
    }

    /// Creates an organisation whose id is drawn.
    async fn create(&self, call: &Arc<Call>) -> Result<Organization, Error> {
        let organizations = self.organizations.under(Arc::clone(call));
        let name = Ok("Acme".to_owned());
        organizations.create(&operator(), None, name).await
    }
}

/// The process may be gone as soon as the organisation is stored: nothing is kept afterwards.
pub async fn r_i2_an_organization_is_created_once_and_answered_so_again(storage: &Storage) {
    let keyed = Keyed::over(storage, LEASE);
    let created = keyed.create(&keyed.call().await).await.unwrap();
    keyed.clock.advance(Duration::hours(23));
    let again = keyed.create(&keyed.call().await).await.unwrap();
    assert_eq!(again, created);
    assert_eq!(
        storage.organizations.list().await.unwrap(),
        std::slice::from_ref(&created)
    );
    keyed.clock.advance(Duration::HOUR);
    let anew = keyed.create(&keyed.call().await).await.unwrap();
    assert_ne!(anew.id, created.id, "the key is forgotten");
}

pub async fn r_i2_that_an_organization_exists_is_said_again_and_a_missing_permission_is_not(
    storage: &Storage,
) {
    let keyed = Keyed::over(storage, LEASE);
    let acme = OrgId::from_stored("acme".to_owned());
    let create = async |organizations: &Organizations, actor: &Actor| {
        let id = Some(acme.clone());
        organizations.create(actor, id, Ok("Acme".to_owned())).await
    };
    let nobody = Actor {
        subject: Subject::Service("nobody".to_owned()),
        grants: Vec::new(),
    };
    let call = keyed.call().await;
    let refused = create(&keyed.organizations.under(Arc::clone(&call)), &nobody).await;
    assert!(matches!(refused, Err(Error::Refused(Refusal::PermissionDenied))));
    call.end().await;
    create(&keyed.organizations, &operator()).await.unwrap();
    for _ in 0..2 {
        let call = keyed.call().await;
        let refused = create(&keyed.organizations.under(call), &operator()).await;
        assert!(
            matches!(refused, Err(Error::Refused(Refusal::OrganizationExists))),
            "{refused:?}"
        );
    }
    assert!(matches!(keyed.call().await.as_ref(), Call::Answered(_)));
}

/// One stalled beyond its lease, another took over and was done; then the first goes on.
pub async fn one_that_stalled_beyond_its_lease_gives_the_organization_of_who_took_over(storage: &Storage) {
    let keyed = Keyed::over(storage, LEASE);
    let stalled = keyed.call().await;
    keyed.clock.advance(LEASE);
    let created = keyed.create(&keyed.call().await).await.unwrap();
    assert_eq!(keyed.create(&stalled).await.unwrap(), created);
    assert_eq!(storage.organizations.list().await.unwrap(), [created]);
}

pub async fn an_organization_whose_answer_was_lost_is_created_once(storage: &Storage) {
    for (fault, count) in [(Fault::BeforeWriting, 0), (Fault::AfterWriting, 1)] {
        let faulty = Arc::new(Faulty::new(Arc::clone(&storage.organizations)));
        let unreliable = Storage {
            organizations: faulty.clone(),
            ..storage.clone()
        };
        let keyed = Keyed::over(&unreliable, LEASE);
        // The two faults have a key each: the first one's is forgotten.
        keyed.clock.advance(Duration::days(2 * count));
        let before = storage.organizations.list().await.unwrap().len();
        let first = keyed.call().await;
        faulty.fail_next(fault);
        let lost = keyed.create(&first).await;
        assert!(matches!(lost, Err(Error::Store(StoreError::Unavailable(_)))));
        first.end().await;
        let created = keyed.create(&keyed.call().await).await.unwrap();
        let after = storage.organizations.list().await.unwrap();
        assert_eq!(after.len(), before + 1, "{fault:?}");
        assert!(after.contains(&created));
    }
}

/// Everybody takes over from everybody: claims keep nobody out, and only the store decides.
pub async fn of_a_hundred_who_create_an_organization_under_one_key_one_does(storage: &Storage) {
    let keyed = Arc::new(Keyed::over(storage, Duration::ZERO));
    let mut callers = JoinSet::new();
    for _ in 0..100 {
        let keyed = Arc::clone(&keyed);
        callers.spawn(async move {
            match keyed.begin().await {
                Begun::Call(call) => match keyed.create(&call).await {
                    // All others kept coming first, which is an answer too.
                    Err(Error::Contended | Error::Store(StoreError::Overloaded)) => None,
                    created => Some(created.unwrap()),
                },
                Begun::InFlight => None,
                Begun::OtherPayload => panic!("another payload"),
            }
        });
    }
    let answers: Vec<_> = callers.join_all().await.into_iter().flatten().collect();
    let [created] = storage.organizations.list().await.unwrap().try_into().unwrap();
    assert!(!answers.is_empty());
    assert!(answers.iter().all(|answer| *answer == created), "{answers:?}");
}
