//! Searching for users: what is asked, what a user is found by, and what the answer must be.
//!
//! [`Page::select`] is the meaning of a search, once; [`port::Directory`](crate::port::Directory) is how a store answers
//! one without reading every user, and its contract is to give the same page.

mod condition;
mod error;
mod listing;
mod page;
mod phone;
mod selecting;
mod text;

pub use condition::{CONDITIONS_MAX, Condition, NESTING_MAX};
pub use error::SearchError;
pub use listing::Listing;
pub use page::{Direction, FoundUser, LIMIT_DEFAULT, LIMIT_MAX, Page, SortBy, UserSearch};
pub use phone::PhoneMatch;
pub use text::{Case, Relation, TextField, TextMatch, end_of_prefix, fold};
