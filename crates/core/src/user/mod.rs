//! A user, what may be asked of one, what happens to one, and what is refused: the rules, pure.

mod claim;
mod command;
mod decide;
mod event;
mod evolve;
mod refusal;
mod state;

pub use claim::{Claim, ClaimKind};
pub use command::{Command, Delivery, EmailVerification, NewUser, Verification};
pub use decide::{CodeMessage, Decision, Drawn, Facts, Reply, decide};
pub use event::Event;
pub use evolve::evolve;
pub use refusal::{Missing, Refusal};
pub use state::{Account, Email, Gender, IssuedCode, Phone, Profile, User};
