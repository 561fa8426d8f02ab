//! What the README tells a newcomer to paste does what the README says.

use std::{os::unix::fs::symlink, path::Path, process::Command};

use crate::support::{Setup, variable};

const README: &str = include_str!("../../../../README.md");
/// Where a bare server listens, by the README.
const ADDRESS: &str = "127.0.0.1:8080";

/// The shell blocks under a heading.
fn shell_blocks(heading: &str) -> Vec<&'static str> {
    let (_, section) = README
        .split_once(&format!("\n## {heading}\n"))
        .expect("the heading stands in the README");
    let section = section.split("\n## ").next().unwrap_or_default();
    let blocks = section.split("```sh\n").skip(1);
    blocks.filter_map(|rest| rest.split("```").next()).collect()
}

/// Runs a script as a shell does that its reader has pasted it into.
fn paste(script: &str, folder: &Path) -> String {
    let output = Command::new("sh")
        .args(["-euc", script])
        .current_dir(folder)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    said
}

#[test]
fn the_first_success_ends_in_a_verified_phone() {
    let setup = Setup::bare();
    let server = setup.start();
    let blocks = shell_blocks("First success");
    assert!(blocks.len() >= 2, "{blocks:?}");
    let said = paste(
        &blocks.concat().replace(ADDRESS, server.address()),
        setup.folder(),
    );
    assert!(
        said.contains(r#""phone":{"phone":"+41791234567","isVerified":true}"#),
        "{said}"
    );
}

#[test]
fn the_example_verifies_a_phone_by_grpc_and_by_grpc_web() {
    let setup = Setup::bare();
    let server = setup.start();
    let scripts = variable("RINGTRUE_TEST_NODE_DIR");
    let modules = Path::new(&scripts).with_file_name("node_modules");
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    symlink(modules, setup.folder().join("node_modules")).unwrap();
    std::fs::create_dir(setup.folder().join("examples")).unwrap();
    std::fs::copy(
        examples.join("phone.mjs"),
        setup.folder().join("examples/phone.mjs"),
    )
    .unwrap();
    // The packages are there already.
    let commands = shell_blocks("The same by gRPC and gRPC-Web")[0].lines();
    let commands: Vec<&str> = commands
        .filter(|line| !line.starts_with("npm install "))
        .collect();
    let said = paste(
        &commands.join("\n").replace(ADDRESS, server.address()),
        setup.folder(),
    );
    for promised in [
        "gRPC: +41791234567 is verified",
        "gRPC-Web: +41791234567 is verified",
    ] {
        assert!(
            README.contains(promised) && said.lines().any(|line| line == promised),
            "{said}"
        );
    }
}
