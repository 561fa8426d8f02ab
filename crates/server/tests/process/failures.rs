use serde_json::json;

use super::user::{User, other_than};
use crate::support::{Setup, postgres};

#[test]
fn failures_are_counted_across_a_restart() {
    let setup = Setup::new();
    let mut server = setup.start();
    let user = User::create(&server, "bo");
    let set = user
        .set_phone(&json!({"phone": "+41791234567", "returnCode": {}}))
        .ok();
    let code = set["verificationCode"].as_str().unwrap().to_owned();
    for _ in 0..3 {
        assert_eq!(user.verify(&other_than(&code)).status, 400);
    }
    server.kill9();

    let server = setup.start();
    let user = User {
        server: &server,
        id: "bo",
    };
    for _ in 0..2 {
        assert_eq!(user.verify(&other_than(&code)).status, 400);
    }
    assert_eq!(user.verify(&code).status, 429);
    assert!(!user.is_verified());
}

#[test]
fn failures_are_counted_across_two_replicas_on_one_postgres() {
    let setup = postgres::setup();
    let (one, two) = (setup.start(), setup.start());
    let user = User::create(&one, "bo");
    let set = user
        .set_phone(&json!({"phone": "+41791234567", "returnCode": {}}))
        .ok();
    let code = set["verificationCode"].as_str().unwrap();
    let wrong = other_than(code);
    for server in [&one, &two, &one, &two, &one] {
        assert_eq!(user.at(server).verify(&wrong).status, 400);
    }
    assert_eq!(user.at(&one).verify(code).status, 429);
    assert_eq!(user.at(&two).verify(code).status, 429);
}
