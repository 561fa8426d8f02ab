//! `SmsGateway` adapters: Twilio Messages.

mod twilio;

pub use twilio::{Sender, Timeouts, TwilioConfig, TwilioConfigProblem, TwilioGateway};
