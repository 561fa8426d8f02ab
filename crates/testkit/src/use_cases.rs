//! The use cases over any storage, with clock, codes and ids that do as they are told.

use std::sync::Arc;

use ringtrue_core::{
    NewUserRequest, OrgChoice, OrgId, Organization, Settings, UserId, Users,
    access::{Actor, Grant, Role, Subject},
    code::CodePolicy,
    keys::{Key, KeyRing},
    phone_number::PhoneRules,
    port::{Clock as _, Storage, StoreError},
    user::{EmailVerification, PhoneUniqueness, Profile},
};
use ringtrue_memory::{FixedCodeSource, ManualClock, SequentialIdSource, SilentSignal};

use crate::builders::{EDITOR, ORGANIZATION};

/// The code that is always drawn.
pub const CODE: &str = "004711";

/// How many consecutive failures kill a code.
pub const FAILURES_MAX: u32 = 5;

/// The use cases and what moves them.
pub struct UseCases {
    /// The use cases.
    pub users: Arc<Users>,
    /// What they take for the time.
    pub clock: ManualClock,
    /// Where they take ids from.
    pub ids: Arc<SequentialIdSource>,
    /// What they hash and seal with.
    pub keys: Arc<KeyRing>,
}

impl UseCases {
    /// Puts the use cases on storage, where their organisation is made if it is missing.
    ///
    /// Ids count up from one, so that one storage takes one of these at a time.
    pub async fn over(storage: &Storage) -> Self {
        Self::with_unique_phones(storage, PhoneUniqueness::Off).await
    }

    /// The same, with verified numbers as unique as this rule says.
    #[expect(
        clippy::missing_panics_doc,
        clippy::unwrap_used,
        reason = "a test that cannot go on panics"
    )]
    pub async fn with_unique_phones(storage: &Storage, verified_phones: PhoneUniqueness) -> Self {
        let clock = ManualClock::default();
        let organization = OrgId::from_stored(ORGANIZATION.to_owned());
        make_organization(storage, &organization, &clock).await.unwrap();
        let keys = Arc::new(KeyRing::new(vec![Key::new("k1", [7; 32])]).unwrap());
        let settings = Settings {
            phone: PhoneRules::default(),
            code: CodePolicy {
                failures_max: FAILURES_MAX,
                ..CodePolicy::default()
            },
            verified_phones,
            default_organization: organization,
        };
        let ids = Arc::new(SequentialIdSource::default());
        let users = Users::new(
            storage.clone(),
            Arc::new(clock.clone()),
            Arc::new(FixedCodeSource::new(&[CODE])),
            ids.clone(),
            Arc::new(SilentSignal),
            Arc::clone(&keys),
            settings,
        );
        Self {
            users: Arc::new(users),
            clock,
            ids,
            keys,
        }
    }
}

async fn make_organization(storage: &Storage, id: &OrgId, clock: &ManualClock) -> Result<(), StoreError> {
    let organization = Organization {
        id: id.clone(),
        name: "Org".to_owned(),
        created_at: clock.now(),
    };
    storage.organizations.insert(&organization).await.map(|_| ())
}

/// A caller who may do everything.
#[must_use]
pub fn operator() -> Actor {
    let name = EDITOR.trim_start_matches("service:");
    Actor {
        subject: Subject::Service(name.to_owned()),
        grants: Grant::new(Role::IamOwner, None).into_iter().collect(),
    }
}

/// A request for a user of this id, who takes it as username too and has no phone.
#[must_use]
pub fn new_user(id: &str) -> NewUserRequest {
    NewUserRequest {
        id: Some(UserId::from_stored(id.to_owned())),
        organization: OrgChoice::Named(OrgId::from_stored(ORGANIZATION.to_owned())),
        username: Some(id.to_owned()),
        profile: Profile {
            given_name: "Ada".to_owned(),
            family_name: "Lovelace".to_owned(),
            nick_name: None,
            display_name: String::new(),
            preferred_language: None,
            gender: None,
        },
        email: "ada@example.com".to_owned(),
        email_verification: EmailVerification::Unverified,
        phone: None,
    }
}
