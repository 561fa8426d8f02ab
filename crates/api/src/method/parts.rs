//! What the methods have in common.

use prost_types::Timestamp;
use ringtrue_core::{Details, OrgId, UserId, search::Direction};
use ringtrue_proto::object::v2;
use time::OffsetDateTime;

use crate::{error::Failure, validate::Invalid};

/// The details of a change. `creation_date` is for reads alone (`contract.md` 1.6).
pub(super) fn details(details: &Details) -> v2::Details {
    v2::Details {
        sequence: details.sequence,
        change_date: Some(timestamp(details.changed_at)),
        resource_owner: details.organization.as_str().to_owned(),
        creation_date: None,
    }
}

/// An instant as protobuf has it.
pub(super) fn timestamp(at: OffsetDateTime) -> Timestamp {
    Timestamp {
        seconds: at.unix_timestamp(),
        nanos: i32::try_from(at.nanosecond()).unwrap_or_default(),
    }
}

/// The direction in which a list is sorted.
pub(super) const fn direction(ascending: bool) -> Direction {
    if ascending {
        Direction::Ascending
    } else {
        Direction::Descending
    }
}

/// The user that `field` of `message` names. What validation has passed is always an id.
pub(super) fn user_id(message: &str, id: &str) -> Result<UserId, Invalid> {
    UserId::parse(id).map_err(|rule| Invalid::field(message, "UserId", rule))
}

/// The organisation that `OrganizationId` of `message` names. What validation has passed is always an id.
pub(super) fn organization_id(message: &str, id: &str) -> Result<OrgId, Invalid> {
    OrgId::parse(id).map_err(|rule| Invalid::field(message, "OrganizationId", rule))
}

/// Refuses the first of these fields that is asked for: what would be dropped silently is refused by name.
pub(super) fn refuse_unsupported<'a>(
    message: &'static str,
    fields: impl IntoIterator<Item = (&'a str, bool)>,
) -> Result<(), Failure> {
    match fields.into_iter().find(|(_, asked)| *asked) {
        Some((field, _)) => Err(unsupported(message, field)),
        None => Ok(()),
    }
}

/// The refusal of a field that nothing here could honour.
pub(super) fn unsupported(message: &'static str, field: &str) -> Failure {
    Failure::FieldUnimplemented {
        message,
        field: field.to_owned(),
        instead: "leave it out",
    }
}
