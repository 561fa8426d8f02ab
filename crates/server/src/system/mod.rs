//! The ports that the operating system serves: time and randomness.

mod clock;
mod codes;
mod ids;
mod random;

pub(crate) use self::{clock::SystemClock, codes::SystemCodeSource, ids::SystemIdSource, random::fill};
