//! Ringtrue's wire types, generated from `proto/`, and their protobuf-JSON mapping.
//!
//! Versions 2 and 2beta of the API agree on the wire, so that both use the types of [`user::v2`] and
//! [`object::v2`]. Where they differ (a field or a method that 2beta does not have, the names in error texts),
//! the difference is in the descriptors: see [`pool`].

mod descriptor;
pub mod json;
mod opaque;
mod wire;

pub use descriptor::{DESCRIPTOR_SET, pool};
pub use wire::zitadel::{filter, metadata, object, org, user, v1};
