//! A user, what may be asked of one, what happens to one, and what is refused: the rules, pure.

mod changes;
mod claim;
mod command;
mod contact;
mod decide;
mod event;
mod evolve;
mod named;
mod proof;
mod refusal;
mod state;

pub use changes::{NewUser, PhoneChange, ProfileChanges, UserChanges};
pub use claim::{Claim, ClaimKind, PhoneUniqueness};
pub use command::{Command, Delivery, EmailVerification, Verification};
pub use decide::{CodeMessage, Decision, Drawn, Facts, Reply, decide};
pub use event::Event;
pub use evolve::evolve;
pub use named::ClaimChanges;
pub use refusal::{Missing, Refusal};
pub use state::{Account, Email, Gender, IssuedCode, Phone, Profile, Standing, User};
