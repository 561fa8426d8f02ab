use ringtrue_core::search::{CONDITIONS_MAX, LIMIT_MAX, NESTING_MAX};
use tonic::Code::{FailedPrecondition, InvalidArgument};

use super::failure::Line;

/// Why a search is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SearchRefusal {
    /// A condition says nothing.
    Empty,
    /// Conditions stand within too many others.
    NestedTooDeeply,
    /// There are too many conditions.
    TooManyConditions,
    /// Too many users or organisations are asked for.
    LimitTooLarge,
    /// It reads more than it may.
    TooCostly,
}

/// The lines of the table that are about searches.
pub(super) fn search_refused(refusal: SearchRefusal) -> Line {
    match refusal {
        SearchRefusal::Empty => Line::new(
            InvalidArgument,
            "GRPC-vR9nC",
            "List.Query.Invalid: a notQuery needs a query, and that a condition",
        ),
        SearchRefusal::NestedTooDeeply => Line::new(
            InvalidArgument,
            "USER-zsQ97",
            format!(
                "Too many query nesting levels (Max {NESTING_MAX}): put conditions side by side rather than one within \
                 another"
            ),
        ),
        SearchRefusal::TooManyConditions => Line::new(
            InvalidArgument,
            "RINGTRUE-TooManyConditions",
            format!(
                "A search has at most {CONDITIONS_MAX} conditions: one inUserIdsQuery or inUserEmailsQuery stands for many"
            ),
        ),
        SearchRefusal::LimitTooLarge => Line::new(
            InvalidArgument,
            "RINGTRUE-LimitTooLarge",
            format!("The limit is too large: at most {LIMIT_MAX} at a time; the next ones are had by offset"),
        ),
        SearchRefusal::TooCostly => Line::new(
            FailedPrecondition,
            "RINGTRUE-SearchTooCostly",
            "The search reads too many users: ask for whole texts or their beginnings, for parts of at least three \
             characters, or for fewer conditions at once",
        ),
    }
}
