//! Ringtrue's domain: values, rules, ports and use cases, free of any framework.
//!
//! A call runs as *load → decide → commit*: a [`port::UserStore`] loads the user, [`user::decide`] is the rule, pure and
//! synchronous, and the store commits what it decided. [`Users`] is that loop; everything that it needs from
//! the world is a [`port`].

pub mod access;
pub mod authenticator;
mod channel;
pub mod code;
mod email_address;
mod entity_id;
pub mod idempotency;
pub mod keys;
pub mod message;
mod org;
mod organizations;
pub mod phone_number;
pub mod port;
mod sealed;
pub mod search;
pub mod token;
pub mod user;
mod users;

pub use channel::Channel;
pub use email_address::{EmailAddress, EmailAddressError};
pub use entity_id::{CodeId, CommitId, IdError, LeaseId, MessageId, OrgId, UserId};
pub use org::{Organization, OrganizationNameError, OrganizationOrder, OrganizationPage, OrganizationSearch};
pub use organizations::Organizations;
pub use sealed::Sealed;
pub use users::{Details, Error, FoundUsers, NewUserRequest, OrgChoice, Outcome, Settings, UserQuery, Users};
