//! The rules, case by case: what each command comes to in each state.

#![expect(
    clippy::unwrap_used,
    reason = "a test whose world cannot be set up has failed"
)]

mod emails;
mod phones;
mod standing;
mod story;
mod updates;
