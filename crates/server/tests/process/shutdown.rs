use std::{net::TcpStream, time::Instant};

use serde_json::{Value, json};

use super::user::User;
use crate::support::{
    ADMIN, PATIENCE, Setup,
    http::{begin_taken, call},
};

#[test]
fn sigterm_turns_readiness_finishes_calls_in_flight_refuses_new_ones_and_exits_with_zero() {
    let setup = Setup::new().with("RINGTRUE_SERVER__DRAIN_DELAY", "1s");
    let mut server = setup.start();
    let address = server.address().to_owned();
    User::create(&server, "bo");
    let ready = || call(&address, "GET", "/ready", "", &Value::Null).status;
    assert_eq!(ready(), 200);

    let body = json!({"phone": "+41791234567", "returnCode": {}}).to_string();
    let in_flight = begin_taken(&address, "POST", "/v2/users/bo/phone", ADMIN, &body);
    server.terminate();
    server
        .stderr
        .wait_for(|line| line.contains("draining"))
        .expect("draining is logged");
    assert_eq!(ready(), 503);

    let asked = Instant::now();
    while TcpStream::connect(&address).is_ok() {
        assert!(asked.elapsed() < PATIENCE, "new connections are still taken");
        std::thread::yield_now();
    }
    let reply = in_flight.finish(&body).ok();
    assert!(reply["verificationCode"].is_string(), "{reply}");
    assert_eq!(server.wait().code(), Some(0));
}

#[test]
fn a_second_signal_does_not_wait_for_calls_in_flight() {
    let mut server = Setup::new().start();
    let body = "{\"phone\":\"+41791234567\"}";
    let _in_flight = begin_taken(server.address(), "POST", "/v2/users/bo/phone", ADMIN, body);
    server.terminate();
    server
        .stderr
        .wait_for(|line| line.contains("a second signal"))
        .expect("the first signal is logged");
    server.terminate();
    assert_eq!(server.wait().code(), Some(1));
}

#[test]
fn the_echo_of_a_signal_is_no_second_one() {
    let mut server = Setup::new().start();
    let body = "{\"phone\":\"+41791234567\"}";
    let in_flight = begin_taken(server.address(), "POST", "/v2/users/bo/phone", ADMIN, body);
    server.terminate();
    server
        .stderr
        .wait_for(|line| line.contains("stopping"))
        .expect("the first signal is logged");
    server.terminate();
    assert_eq!(in_flight.finish(body).status, 404);
    assert_eq!(server.wait().code(), Some(0));
}

#[test]
fn calls_that_do_not_finish_are_cut_off_when_the_grace_is_over() {
    let mut server = Setup::new().with("RINGTRUE_SERVER__SHUTDOWN_GRACE", "1s").start();
    let body = "{\"phone\":\"+41791234567\"}";
    let _in_flight = begin_taken(server.address(), "POST", "/v2/users/bo/phone", ADMIN, body);
    server.terminate();
    server
        .stderr
        .wait_for(|line| line.contains("calls in flight are cut off"))
        .expect("the grace ends the call");
    assert_eq!(server.wait().code(), Some(0));
}
