//! Contract suites for the ports, and the fakes that tests share.

pub mod builders;
pub mod contract;
pub mod expired_keys;
pub mod fake_issuer;
pub mod fake_twilio;
pub mod faulty;
mod loopback;
pub mod searches;
pub mod upgrades;
pub mod use_cases;
