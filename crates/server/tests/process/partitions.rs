use std::time::Instant;

use serde_json::json;

use super::user::User;
use crate::support::{PATIENCE, postgres};

/// Asks until the answer is this one.
fn wait_until(url: &str, statement: &str, answer: &str) {
    let begun = Instant::now();
    while postgres::ask(url, statement) != answer {
        assert!(begun.elapsed() < PATIENCE, "{statement} did not become {answer}");
    }
}

#[test]
fn a_settled_message_lies_in_its_weeks_partition_and_a_partition_in_which_all_is_over_goes() {
    const SETTLED: &str = "SELECT count(*) FROM settled_messages";
    const IN_NO_PARTITION: &str = "SELECT count(*) FROM settled_messages_default, user_events_default";
    let url = postgres::new_database();
    let setup = postgres::setup_over(&url).with("RINGTRUE_SMS__RETENTION", "30d");
    let mut server = setup.start();
    let user = User::create(&server, "bo");
    user.set_phone(&json!({"phone": "+41791234567", "sendCode": {}}))
        .ok();
    wait_until(&url, SETTLED, "1");
    assert_eq!(postgres::ask(&url, IN_NO_PARTITION), "0");
    server.terminate();
    server.wait();

    postgres::ask(
        &url,
        "CREATE TABLE settled_messages_until_2020_01_06 PARTITION OF settled_messages
            FOR VALUES FROM ('2019-12-30 UTC') TO ('2020-01-06 UTC')",
    );
    let _server = setup.start();
    let left = "SELECT count(*) FROM pg_class WHERE relname = 'settled_messages_until_2020_01_06'";
    wait_until(&url, left, "0");
    assert_eq!(postgres::ask(&url, SETTLED), "1");
}
