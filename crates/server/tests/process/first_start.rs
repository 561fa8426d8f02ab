use std::{os::unix::fs::PermissionsExt as _, process::Command};

use serde_json::Value;

use crate::support::{Ringtrue, Setup, http::call};

/// Pastes the three lines that the server prints into a shell, and returns what it shows.
fn paste(setup: &Setup, server: &Ringtrue) -> String {
    server
        .stdout
        .wait_for(|line| line.contains("/phone/verify"))
        .expect("the third line");
    let lines: Vec<String> = server
        .stdout
        .all()
        .into_iter()
        .filter(|line| line.contains("curl "))
        .collect();
    assert_eq!(lines.len(), 3, "{lines:?}");
    let shown = Command::new("sh")
        .arg("-c")
        .arg(format!("{}\n", lines.join("\n")))
        .current_dir(setup.folder())
        .output()
        .unwrap();
    let (stdout, stderr) = (
        String::from_utf8_lossy(&shown.stdout).into_owned(),
        String::from_utf8_lossy(&shown.stderr).into_owned(),
    );
    assert!(shown.status.success(), "{stdout}{stderr}");
    assert!(stderr.contains("verificationCode"), "{stdout}{stderr}");
    stdout
}

fn phone_of(setup: &Setup, server: &Ringtrue, user: &str) -> Value {
    let token = std::fs::read_to_string(setup.folder().join(".ringtrue/admin.token")).unwrap();
    let path = format!("/v2/users/{user}");
    let found = call(server.address(), "GET", &path, token.trim(), &Value::Null).ok();
    found["user"]["human"]["phone"].clone()
}

#[test]
fn the_three_printed_lines_end_in_a_verified_phone_at_the_first_start_and_at_the_next() {
    let setup = Setup::bare();
    let mut server = setup.start();
    paste(&setup, &server);
    let phone = phone_of(&setup, &server, "ada");
    assert_eq!(phone["phone"], "+41791234567");
    assert_eq!(phone["isVerified"], true);
    server.terminate();
    assert!(server.wait().success());

    let again = setup.start();
    let shown = paste(&setup, &again);
    assert!(!shown.contains("\"code\""), "{shown}");
    let lines = again.stdout.all().join("\n");
    let (_, rest) = lines.split_once("\"userId\":\"").unwrap();
    let (user, _) = rest.split_once('"').unwrap();
    assert_ne!(user, "ada");
    assert_eq!(phone_of(&setup, &again, user)["isVerified"], true);
}

#[test]
fn what_the_first_start_makes_is_for_its_owner_only() {
    let setup = Setup::bare();
    let server = setup.start();
    let mode = |name: &str| {
        let path = setup.folder().join(".ringtrue").join(name);
        std::fs::metadata(path).unwrap().permissions().mode() & 0o777
    };
    assert_eq!(mode(""), 0o700);
    for name in ["ringtrue.db", "keys.toml", "admin.token"] {
        assert_eq!(mode(name), 0o600, "{name}");
    }
    let token = std::fs::read_to_string(setup.folder().join(".ringtrue/admin.token")).unwrap();
    let said = [server.stdout.all(), server.stderr.all()].concat().join("\n");
    assert!(!said.contains(token.trim()), "the token is on the terminal");
}
