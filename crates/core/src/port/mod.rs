//! The ports: what the domain asks of the world. Each trait's documentation is its contract, and `ringtrue-testkit`
//! has a suite for it that every adapter runs.

mod clock;
mod code_source;
mod delivery_signal;
mod directory;
mod event_retention;
mod id_source;
mod idempotency_store;
mod identity_provider;
mod insert_outcome;
mod organization_store;
mod outbox;
mod phone_claims;
mod sms_gateway;
mod storage;
mod store_error;
mod token_store;
mod user_store;

pub use clock::Clock;
pub use code_source::CodeSource;
pub use delivery_signal::DeliverySignal;
pub use directory::{Directory, DirectoryError};
pub use event_retention::{EventPlace, EventRetention, LookedOver};
pub use id_source::IdSource;
pub use idempotency_store::{IdempotencyStore, KeyClaim, KeyState, KeyedReply};
pub use identity_provider::{Identity, IdentityError, IdentityProvider};
pub use insert_outcome::InsertOutcome;
pub use organization_store::{AnsweringOutcome, OrganizationStore};
pub use outbox::{ClaimedMessage, FailureReason, Outbox, SettleOutcome, Settlement, SettlementOutcome};
pub use phone_claims::{AlignOutcome, CONTESTED_LEN_MAX, PhoneClaims};
pub use sms_gateway::{SmsError, SmsGateway, SmsReceipt};
pub use storage::{Storage, StorageHealth};
pub use store_error::StoreError;
pub use token_store::TokenStore;
pub use user_store::{Commit, CommitOutcome, RecordedEvent, UserStore, Versioned};

#[cfg(any(test, feature = "mock"))]
pub use self::{
    clock::MockClock, code_source::MockCodeSource, delivery_signal::MockDeliverySignal,
    directory::MockDirectory, event_retention::MockEventRetention, id_source::MockIdSource,
    idempotency_store::MockIdempotencyStore, identity_provider::MockIdentityProvider,
    organization_store::MockOrganizationStore, outbox::MockOutbox, phone_claims::MockPhoneClaims,
    sms_gateway::MockSmsGateway, storage::MockStorageHealth, token_store::MockTokenStore,
    user_store::MockUserStore,
};
