//! The one error table: what can go wrong with a call, and how it is put, whatever the protocol.

pub(crate) mod detail;
mod failure;
mod problem;

pub(crate) use failure::Failure;
pub(crate) use problem::Problem;
