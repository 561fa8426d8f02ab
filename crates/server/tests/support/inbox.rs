use std::time::Instant;

use serde_json::Value;

use super::{ADMIN, PATIENCE, http::call};

/// The messages that a server has captured for a number, once there are `count`: they leave after the call has returned.
#[track_caller]
pub(crate) fn messages_to(address: &str, number: &str, count: usize) -> Vec<Value> {
    let begun = Instant::now();
    loop {
        let inbox = call(address, "GET", "/dev/inbox", ADMIN, &Value::Null).ok();
        let messages = inbox["messages"].as_array().expect("messages");
        let found: Vec<_> = messages
            .iter()
            .filter(|message| message["to"] == number)
            .cloned()
            .collect();
        if found.len() >= count {
            return found;
        }
        assert!(
            begun.elapsed() < PATIENCE,
            "{} of {count} messages to {number} arrived",
            found.len()
        );
        std::thread::yield_now();
    }
}
