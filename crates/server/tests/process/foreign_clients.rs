//! Clients that others wrote and that know no SDK of ZITADEL's, each playing the life of a phone number, over either storage.

use std::{path::Path, process::Command};

use super::user::User;
use crate::support::{ADMIN, Setup, postgres, variable};

/// Fewer promises than this mean that a script has not told its story.
const PROMISES_MIN: usize = 60;

/// Plays a script's story against a server.
fn tell(mut script: Command, setup: &Setup) {
    let server = setup.start();
    let user = User::create(&server, "ada");
    let token = setup.run(&["token", "create", "--user", user.id]);
    let token = token.stdout.split_whitespace().last().expect("a token on stdout");
    script
        .env("BASE_URL", server.base_url())
        .env("ADMIN_TOKEN", ADMIN)
        .env("USER_TOKEN", token)
        .env("USER_ID", user.id);
    let output = script.output().expect("the client's program runs");
    let said = String::from_utf8_lossy(&output.stdout);
    let complaint = String::from_utf8_lossy(&output.stderr);
    let log = || server.stderr.all().join("\n");
    assert!(
        output.status.success(),
        "{said}{complaint}\nthe server said:\n{}",
        log()
    );
    let kept = said.lines().filter(|line| line.starts_with("ok - ")).count();
    assert!(kept >= PROMISES_MIN, "only {kept} promises were checked:\n{said}");
}

fn python(script: &str) -> Command {
    let mut command = Command::new(variable("RINGTRUE_TEST_PYTHON"));
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients/python");
    // No byte code beside the sources.
    command.arg("-B").arg(scripts.join(script));
    command
}

fn node(script: &str) -> Command {
    let mut command = Command::new("node");
    // The folder is a link beside the modules, where Node is to look for them.
    command
        .args(["--preserve-symlinks", "--preserve-symlinks-main"])
        .arg(Path::new(&variable("RINGTRUE_TEST_NODE_DIR")).join(script));
    command
}

#[test]
fn python_grpcio_by_reflection_on_sqlite() {
    tell(python("generic_grpc.py"), &Setup::new());
}

#[test]
fn python_grpcio_by_reflection_on_postgres() {
    tell(python("generic_grpc.py"), &postgres::setup());
}

#[test]
fn connect_for_node_by_every_transport_on_sqlite() {
    tell(node("connect.mjs"), &Setup::new());
}

#[test]
fn connect_for_node_by_every_transport_on_postgres() {
    tell(node("connect.mjs"), &postgres::setup());
}
