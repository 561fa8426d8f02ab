use std::{fs::File, net::TcpStream, path::Path, process::Child, time::Instant};

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

/// Whether a process holds this file or folder open.
fn holds(pid: u32, path: &Path) -> bool {
    let open = std::fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten();
    let mut targets = open.filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok());
    targets.any(|target| target == path)
}

/// Waits until it is so, and ends the server with the test if that takes too long.
fn wait_until(server: &mut Child, it: &str, mut is_so: impl FnMut(&mut Child) -> bool) {
    let begun = Instant::now();
    while !is_so(server) {
        if begun.elapsed() > PATIENCE {
            let _ = server.kill();
            panic!("{it} takes too long");
        }
        std::thread::yield_now();
    }
}

#[test]
fn sigterm_ends_a_server_that_waits_for_another_to_open_its_database() {
    let setup = Setup::new();
    let folder = setup.folder().join(".ringtrue");
    std::fs::create_dir(&folder).expect("a folder");
    let another = File::open(&folder).expect("the folder");
    another.lock().expect("its lock");
    let folder = folder.canonicalize().expect("a folder");
    let mut server = setup.command(&["serve"]).spawn().expect("a server");
    // It has the folder when it is about to lock it. That it catches signals would be too soon: one that comes in the very moment
    // between the handler and its listener is lost.
    wait_until(&mut server, "opening the folder", |server| {
        holds(server.id(), &folder)
    });
    kill_process(Pid::from_child(&server), Signal::TERM).expect("a server that runs");
    wait_until(&mut server, "ending", |server| {
        server.try_wait().expect("a child").is_some()
    });
    assert_eq!(server.wait().expect("an end").code(), Some(0));
}
