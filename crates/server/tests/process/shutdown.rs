use std::{fs::File, net::TcpStream, time::Instant};

use rustix::process::{Pid, Signal, kill_process};
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

/// Whether a process does something of its own when this signal comes.
fn catches(pid: u32, signal: Signal) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
    let caught = caught.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    caught.is_some_and(|mask| mask & (1 << (signal.as_raw() - 1)) != 0)
}

#[test]
fn sigterm_ends_a_server_that_waits_for_another_to_open_its_database() {
    let setup = Setup::new();
    let folder = setup.folder().join(".ringtrue");
    std::fs::create_dir(&folder).expect("a folder");
    let another = File::open(&folder).expect("the folder");
    another.lock().expect("its lock");
    let mut server = setup.command(&["serve"]).spawn().expect("a server");
    let started = Instant::now();
    while !catches(server.id(), Signal::TERM) {
        assert!(started.elapsed() < PATIENCE, "no signal is caught");
        std::thread::yield_now();
    }
    kill_process(Pid::from_child(&server), Signal::TERM).expect("a server that runs");
    assert_eq!(server.wait().expect("an end").code(), Some(0));
}
