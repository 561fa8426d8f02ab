//! `SmsGateway` adapters: Twilio Messages.

mod twilio;

pub use ringtrue_outbound::Timeouts;
pub use twilio::{Sender, TwilioConfig, TwilioConfigProblem, TwilioGateway};
