//! Users and commits to test with, built by the domain's own events.

use std::sync::atomic::{AtomicU64, Ordering};

use ringtrue_core::{
    CodeId, CommitId, EmailAddress, LeaseId, MessageId, OrgId, Sealed, UserId,
    access::{Grant, Role, Subject},
    idempotency::CallKey,
    keys::Fingerprint,
    message::OutboxMessage,
    port::{ClaimedMessage, Commit, KeyClaim, KeyedReply, Settlement, SettlementOutcome},
    token::{AccessToken, FoundToken, TokenId, TokenRecord},
    user::{Claim, ClaimKind, Event, Profile, User, evolve},
};
use time::{Duration, OffsetDateTime, macros::datetime};

/// When everything here begins.
pub const NOON: OffsetDateTime = datetime!(2026-01-01 12:00 UTC);

/// Who does everything here.
pub const EDITOR: &str = "service:test";

/// The organisation that owns every user here.
pub const ORGANIZATION: &str = "org";

/// 128 bits that no other call in this process gives, and no `SequentialIdSource` either.
#[must_use]
pub fn unique_bytes() -> [u8; 16] {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let next = NEXT.fetch_add(1, Ordering::Relaxed);
    (u128::from(next) | 1 << 127).to_be_bytes()
}

/// A user's id.
#[must_use]
pub fn user_id(text: &str) -> UserId {
    UserId::from_stored(text.to_owned())
}

/// The claim on a username.
#[must_use]
pub fn username(text: &str) -> Claim {
    Claim {
        kind: ClaimKind::Username,
        value: text.to_owned(),
    }
}

/// The event that a user came into being, with an e-mail address and without a phone.
#[must_use]
pub fn added(name: &str, at: OffsetDateTime) -> Event {
    Event::UserAdded {
        organization: OrgId::from_stored(ORGANIZATION.to_owned()),
        username: name.to_owned(),
        profile: Profile {
            given_name: "Ada".to_owned(),
            family_name: "Lovelace".to_owned(),
            nick_name: None,
            display_name: "Ada Lovelace".to_owned(),
            preferred_language: Some("en".to_owned()),
            gender: None,
        },
        email: address(),
        phone: None,
        created_at: at,
    }
}

fn address() -> EmailAddress {
    match EmailAddress::parse("ada@example.com") {
        Ok(address) => address,
        Err(error) => unreachable!("{error}"),
    }
}

/// The commit that creates a user of this id, never seen before, who takes it as username too.
#[must_use]
pub fn creation(id: &str) -> Commit {
    let event = added(id, NOON);
    Commit {
        id: CommitId::from_bytes(unique_bytes()),
        user: user_id(id),
        expected: 0,
        after: evolve(User::Absent, &event),
        events: vec![event],
        at: NOON,
        editor: EDITOR.to_owned(),
        take: vec![username(id)],
        release: Vec::new(),
        message: None,
        supersedes: false,
        erases: false,
        reply: None,
    }
}

/// The commit that follows `before` with this event, a second later.
#[must_use]
pub fn next(before: &Commit, event: Event) -> Commit {
    Commit {
        id: CommitId::from_bytes(unique_bytes()),
        user: before.user.clone(),
        expected: before.sequence(),
        after: evolve(before.after.clone(), &event),
        events: vec![event],
        at: before.at + Duration::SECOND,
        editor: EDITOR.to_owned(),
        take: Vec::new(),
        release: Vec::new(),
        message: None,
        supersedes: false,
        erases: false,
        reply: None,
    }
}

/// The commit that follows `before` with a failed verification: the smallest change there is.
#[must_use]
pub fn failure(before: &Commit) -> Commit {
    next(before, Event::VerificationFailed { lock: None })
}

/// The commit that follows `before` and deletes the user, who gives up every name.
#[must_use]
pub fn deletion(before: &Commit) -> Commit {
    Commit {
        release: before.after.claims_under_any_rule(),
        erases: true,
        ..next(before, Event::UserRemoved)
    }
}

/// The commit, with a message that expires ten minutes after it.
#[must_use]
pub fn with_message(commit: Commit) -> Commit {
    let expires_at = commit.at + Duration::minutes(10);
    let message = message(&commit.user, expires_at);
    Commit {
        message: Some(message),
        ..commit
    }
}

/// A message for a user. Its sealed bytes open under no key: no store looks into them.
#[must_use]
pub fn message(user: &UserId, expires_at: OffsetDateTime) -> OutboxMessage {
    OutboxMessage {
        id: MessageId::from_bytes(unique_bytes()),
        user: user.clone(),
        code: CodeId::from_bytes(unique_bytes()),
        expires_at,
        sealed: Sealed {
            key_id: "k1".to_owned(),
            bytes: [unique_bytes(), [0; 16], [0xff; 16]].concat(),
        },
    }
}

/// That token as a store finds it, of a program or of a user who is not there.
#[must_use]
pub const fn found(token: TokenRecord) -> FoundToken {
    FoundToken { token, holder: None }
}

/// A token of this subject, with a role on the instance and one in an organisation.
#[must_use]
pub fn token(subject: Subject, created_at: OffsetDateTime) -> TokenRecord {
    let bytes = unique_bytes();
    let mut secret = [0; 32];
    secret[..16].copy_from_slice(&bytes);
    let organization = OrgId::from_stored(ORGANIZATION.to_owned());
    let grants = [
        Grant::new(Role::IamOwnerViewer, None),
        Grant::new(Role::OrgUserManager, Some(organization)),
    ];
    // An id shows the first eight bytes only, and those of `bytes` hardly differ.
    let mut reversed = bytes;
    reversed.reverse();
    TokenRecord {
        id: TokenId::from_random(&reversed),
        hash: AccessToken::from_random(&secret).hash(),
        subject,
        grants: grants.into_iter().flatten().collect(),
        created_at,
        expires_at: None,
    }
}

/// The key of a call that no other has.
#[must_use]
pub fn call_key() -> CallKey {
    let mut bytes = [7; 32];
    bytes[..16].copy_from_slice(&unique_bytes());
    CallKey::from_stored(bytes)
}

/// A wish to carry out the call of this key within half a minute.
#[must_use]
pub fn key_claim(key: CallKey, now: OffsetDateTime) -> KeyClaim {
    KeyClaim {
        key,
        lease: LeaseId::from_bytes(unique_bytes()),
        fingerprint: fingerprint(1),
        lease_until: now + Duration::seconds(30),
    }
}

/// An answer to the call of this key, of a day from [`NOON`]. Its sealed bytes open under no key.
#[must_use]
pub fn keyed_reply(key: CallKey) -> KeyedReply {
    KeyedReply {
        key,
        fingerprint: fingerprint(1),
        sealed: Sealed {
            key_id: "k1".to_owned(),
            bytes: [unique_bytes(), [0; 16], [0xff; 16]].concat(),
        },
        expires_at: NOON + Duration::DAY,
    }
}

/// What a call asks for; `of` tells one from another.
#[must_use]
pub fn fingerprint(of: u8) -> Fingerprint {
    Fingerprint {
        key_id: "k é".to_owned(),
        mac: [of; 32],
    }
}

/// That a claimed message was sent, under a reference that is made of its id.
#[must_use]
pub fn sent(claimed: &ClaimedMessage) -> Settlement {
    let reference = format!("SM-{}", claimed.message.id);
    Settlement {
        message: claimed.message.id,
        lease: claimed.lease,
        outcome: SettlementOutcome::Sent { reference },
    }
}
