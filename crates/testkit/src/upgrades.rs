//! Databases as earlier releases left them: what is in them, and what of it must be there and found after an upgrade.
//!
//! An adapter's tests write it with SQL of their own into a schema that was brought up to some step, migrate it, and ask here.

#![expect(
    clippy::missing_panics_doc,
    clippy::unwrap_used,
    reason = "a check that cannot go on panics"
)]

use ringtrue_core::{
    LeaseId, MessageId,
    idempotency::CallKey,
    port::{FailureReason, InsertOutcome, KeyState, SettleOutcome, Settlement, SettlementOutcome, Storage},
    search::{Case, Condition, Relation, TextField},
    user::{Standing, User},
};
use time::{Duration, OffsetDateTime};

use crate::{
    builders::{NOON, call_key, key_claim, keyed_reply, user_id},
    searches::{first_hundred, phone, text},
};

/// A user as a row: the id, the sequence and the document. Each was changed last at [`NOON`].
pub type OldUser = (&'static str, i64, &'static str);

/// Users of the first release: one with all there is, one with a nickname and no phone, and one who is gone.
pub const USERS: [OldUser; 3] = [
    (
        "ada",
        1,
        r#"{"state": "active", "organization": "org", "username": "Ada",
            "profile": {"given_name": "Ada", "family_name": "Lovelace", "display_name": "Ada Lovelace"},
            "email": {"address": "ada@example.com", "verified": true},
            "phone": {"number": "+41791234567", "verified": true},
            "failures": 2, "lock": null, "created_at": "2026-01-01T12:00:00Z"}"#,
    ),
    (
        "bob",
        3,
        r#"{"state": "active", "organization": "org", "username": "bob",
            "profile": {"given_name": "Robert", "family_name": "Noyce", "nick_name": "Bob", "display_name": "Bob"},
            "email": {"address": "bob@example.com", "verified": false},
            "phone": null, "failures": 0, "lock": null, "created_at": "2026-01-01T12:00:00.5Z"}"#,
    ),
    ("gone", 2, r#"{"state": "removed"}"#),
];

/// What a release that does not know of searches does to [`USERS`] while others search already: the one gets another name,
/// the other goes.
pub const LATE_CHANGES: [OldUser; 2] = [
    (
        "ada",
        2,
        r#"{"state": "active", "organization": "org", "username": "countess",
            "profile": {"given_name": "Ada", "family_name": "King", "display_name": "Ada King"},
            "email": {"address": "ada@example.com", "verified": true},
            "phone": {"number": "+41791234567", "verified": true},
            "failures": 2, "lock": null, "created_at": "2026-01-01T12:00:00Z"}"#,
    ),
    ("bob", 4, r#"{"state": "removed"}"#),
];

/// A message of Ada's as a row. Each was queued at [`NOON`] and expires an hour later.
#[derive(Debug, Clone, Copy)]
#[expect(missing_docs, reason = "the fields are the columns, and say what they hold")]
pub struct OldMessage {
    pub id: [u8; 16],
    pub state: &'static str,
    pub lease: Option<([u8; 16], OffsetDateTime)>,
    pub settled_at: Option<OffsetDateTime>,
    pub reference: Option<&'static str>,
    pub reason: Option<&'static str>,
}

const fn minute(nth: i64) -> OffsetDateTime {
    NOON.saturating_add(Duration::minutes(nth))
}

const WAITING: OldMessage = OldMessage {
    id: [1; 16],
    state: "waiting",
    lease: None,
    settled_at: None,
    reference: None,
    reason: None,
};
const SETTLED: OldMessage = OldMessage {
    settled_at: Some(minute(1)),
    ..WAITING
};

/// One message in every state: two of them leased, of which one lease has run out after ten minutes.
pub const MESSAGES: [OldMessage; 7] = [
    WAITING,
    OldMessage {
        id: [2; 16],
        state: "leased",
        lease: Some(([0xa2; 16], minute(5))),
        ..WAITING
    },
    OldMessage {
        id: [3; 16],
        state: "leased",
        lease: Some(([0xa3; 16], minute(30))),
        ..WAITING
    },
    OldMessage {
        id: [4; 16],
        state: "sent",
        reference: Some("SM4"),
        ..SETTLED
    },
    OldMessage {
        id: [5; 16],
        state: "failed",
        reason: Some(FailureReason::Refused.as_str()),
        ..SETTLED
    },
    OldMessage {
        id: [6; 16],
        state: "superseded",
        ..SETTLED
    },
    OldMessage {
        id: [7; 16],
        state: "expired",
        ..SETTLED
    },
];

/// Who is found, by id.
async fn found(storage: &Storage, condition: Condition) -> Vec<String> {
    let page = storage.directory.search(&first_hundred(condition)).await.unwrap();
    assert_eq!(page.total, page.users.len() as u64);
    page.users
        .into_iter()
        .map(|found| found.id.as_str().to_owned())
        .collect()
}

/// Whether [`USERS`] are there as they were, and found by all that users are found by.
pub async fn users_are_there_and_found(storage: &Storage) {
    let ids = USERS.map(|(id, ..)| user_id(id));
    let loaded = storage.users.load(&ids).await.unwrap();
    for (user, (id, sequence, document)) in loaded.iter().zip(USERS) {
        assert_eq!(i64::try_from(user.sequence), Ok(sequence), "{id}");
        assert_eq!(user.changed_at, NOON, "{id}");
        let state: User = serde_json::from_str(document).unwrap();
        assert_eq!(user.value, state, "{id}");
    }

    assert_eq!(found(storage, Condition::everybody()).await, ["ada", "bob"]);
    for (condition, who) in [
        (
            text(TextField::Username, Relation::Equals, Case::Matters, "Ada"),
            "ada",
        ),
        (
            text(TextField::GivenName, Relation::Equals, Case::Ignored, "ROBERT"),
            "bob",
        ),
        (
            text(TextField::FamilyName, Relation::Contains, Case::Ignored, "oveL"),
            "ada",
        ),
        (
            text(TextField::NickName, Relation::Equals, Case::Matters, "Bob"),
            "bob",
        ),
        (
            text(TextField::DisplayName, Relation::EndsWith, Case::Matters, "ace"),
            "ada",
        ),
        (
            text(TextField::Email, Relation::StartsWith, Case::Matters, "bob@"),
            "bob",
        ),
        (phone(Relation::StartsWith, "+4179"), "ada"),
    ] {
        assert_eq!(found(storage, condition.clone()).await, [who], "{condition:?}");
    }
    let active = Condition::Standing(Standing::Active);
    assert_eq!(found(storage, active).await, ["ada", "bob"]);
}

/// Whether users are found as [`LATE_CHANGES`] made them, and no longer as they were.
pub async fn late_changes_are_found(storage: &Storage) {
    let named = |name| text(TextField::Username, Relation::Equals, Case::Matters, name);
    assert_eq!(found(storage, Condition::everybody()).await, ["ada"]);
    assert_eq!(found(storage, named("countess")).await, ["ada"]);
    for old in ["Ada", "bob"] {
        assert_eq!(found(storage, named(old)).await, [""; 0], "{old}");
    }
}

/// Whether calls can be made under keys.
pub async fn keys_are_claimed_and_answered(storage: &Storage) {
    let key = call_key();
    let ask = async || {
        storage
            .idempotency
            .claim(&key_claim(key, NOON), NOON)
            .await
            .unwrap()
    };
    assert_eq!(ask().await, KeyState::Claimed);
    let reply = keyed_reply(key);
    assert_eq!(
        storage.idempotency.keep(&reply).await.unwrap(),
        InsertOutcome::Inserted
    );
    assert_eq!(ask().await, KeyState::Answered(reply));
}

/// Whether a call under `key` is answered as an earlier release has answered it, until that expires at `expires_at`.
pub async fn an_answer_is_given_again(storage: &Storage, key: CallKey, expires_at: OffsetDateTime) {
    let state = storage
        .idempotency
        .claim(&key_claim(key, NOON), NOON)
        .await
        .unwrap();
    let KeyState::Answered(reply) = state else {
        panic!("{state:?}");
    };
    assert_eq!(reply.expires_at, expires_at);
}

/// Whether [`MESSAGES`] go on from where they were.
pub async fn messages_go_on(storage: &Storage) {
    let outbox = &storage.outbox;
    assert_eq!(outbox.unsettled().await.unwrap(), 3);
    let claimed = outbox.claim(10, Duration::MINUTE, minute(10)).await.unwrap();
    let claimed: Vec<_> = claimed
        .iter()
        .map(|claimed| (claimed.message.id, claimed.attempt))
        .collect();
    assert_eq!(
        claimed,
        [
            (MessageId::from_bytes([1; 16]), 1),
            (MessageId::from_bytes([2; 16]), 2)
        ]
    );
    let settlement = |id, lease| Settlement {
        message: MessageId::from_bytes(id),
        lease: LeaseId::from_bytes(lease),
        outcome: SettlementOutcome::Failed(FailureReason::Refused),
    };
    let settlements = [settlement([2; 16], [0xa2; 16]), settlement([3; 16], [0xa3; 16])];
    assert_eq!(
        outbox.settle(&settlements, minute(10)).await.unwrap(),
        [SettleOutcome::LeaseLost, SettleOutcome::Settled]
    );
    assert_eq!(outbox.forget(10, minute(1)).await.unwrap(), 4);
    assert_eq!(outbox.expire(10, minute(60)).await.unwrap(), 2);
    assert_eq!(outbox.forget(10, minute(60)).await.unwrap(), 3);
}
