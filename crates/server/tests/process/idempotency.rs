//! A call under a key takes effect once, whenever the process is killed.

use std::time::Instant;

use serde_json::{Value, json};

use super::user::User;
use crate::support::{
    ADMIN, PATIENCE, Setup,
    http::{Reply, begin_keyed, call},
};

const PATH: &str = "/v2/users/bo/phone";
/// How often a call is killed, each time later.
const ROUNDS: u32 = 8;

fn set_phone(address: &str, key: &str, body: &str) -> Reply {
    begin_keyed(address, "POST", PATH, ADMIN, Some(key), body).finish(body)
}

#[test]
fn a_repetition_after_a_kill_is_answered_as_the_call_was() {
    let setup = Setup::new();
    let mut server = setup.start();
    User::create(&server, "bo");
    let body = json!({"phone": "+41791234567", "returnCode": {}}).to_string();
    let answer = set_phone(server.address(), "\"k\"", &body).ok();
    assert!(answer["verificationCode"].is_string(), "{answer}");
    server.kill9();
    let server = setup.start();
    assert_eq!(set_phone(server.address(), "\"k\"", &body).ok(), answer);
}

/// Killed before the commit, in it, after it, or after the reply: nobody can tell which, and it makes no difference.
#[test]
fn a_call_that_is_repeated_until_it_is_answered_takes_effect_once_whenever_the_process_is_killed() {
    // Claims of those who were killed lapse soon.
    let setup = Setup::new().with("RINGTRUE_SERVER__REQUEST_TIMEOUT", "5s");
    User::create(&setup.start(), "bo");
    for round in 0..ROUNDS {
        let (key, number) = (format!("key-{round}"), format!("+4179123456{round}"));
        let body = json!({"phone": number, "returnCode": {}}).to_string();
        let mut server = setup.start();
        let before = sequence(server.address());
        let mut first = begin_keyed(server.address(), "POST", PATH, ADMIN, Some(&key), &body);
        first.send(&body);
        let sent = Instant::now();
        let mut looks = 0;
        // Each look takes the call some steps further. The last rounds go on until it is written.
        while looks < round && sequence(server.address()) == before {
            looks += u32::from(round < ROUNDS - 2);
            assert!(sent.elapsed() < PATIENCE, "the call is not carried out");
        }
        server.kill9();

        let server = setup.start();
        let asked = Instant::now();
        let answer = loop {
            let reply = set_phone(server.address(), &key, &body);
            // In flight, or too slow for its deadline: neither is an answer.
            if ![409, 504].contains(&reply.status) {
                break reply.ok();
            }
            std::thread::yield_now();
            assert!(asked.elapsed() < PATIENCE, "the claim of the dead does not lapse");
        };
        assert_eq!(sequence(server.address()), before + 2, "round {round}");
        assert_eq!(set_phone(server.address(), &key, &body).ok(), answer);
        let verify = json!({"verificationCode": answer["verificationCode"]});
        call(
            server.address(),
            "POST",
            "/v2/users/bo/phone/verify",
            ADMIN,
            &verify,
        )
        .ok();
    }
}

fn sequence(address: &str) -> u64 {
    let user = call(address, "GET", "/v2/users/bo", ADMIN, &Value::Null).ok();
    user["details"]["sequence"].as_str().unwrap().parse().unwrap()
}
