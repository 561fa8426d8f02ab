//! The reference, tried against the server: requests that it allows and requests that it does not, made up by schemathesis, and
//! calls in the order of its links. No reply may be a failure of the server's, and each must be as documented.
//!
//! A short run is among the tests; `cargo xtask schemathesis` makes the long one.

use std::{path::Path, process::Command};

use crate::support::{ADMIN, Setup, variable};

/// Runs schemathesis over all calls, and gives what it said.
fn try_out(arguments: &[&str]) -> String {
    let server = Setup::new().start();
    let python = variable("RINGTRUE_TEST_PYTHON");
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients/python");
    // What it keeps of its findings goes with the folder.
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(Path::new(&python).with_file_name("schemathesis"))
        .arg("--config-file")
        .arg(scripts.join("schemathesis.toml"))
        .args(["run", &format!("{}/openapi.json", server.base_url())])
        .args(["--header", &format!("Authorization: Bearer {ADMIN}")])
        .args(["--suppress-health-check", "all", "--generation-database", "none"])
        .args(arguments)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("PYTHONPATH", &scripts)
        .env("SCHEMATHESIS_HOOKS", "schemathesis_hooks")
        .current_dir(folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{said}{}\nthe server said:\n{}",
        String::from_utf8_lossy(&output.stderr),
        server.stderr.all().join("\n")
    );
    said
}

#[test]
fn the_document_is_valid() {
    let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
    let output = Command::new(variable("RINGTRUE_TEST_PYTHON"))
        .args(["-m", "openapi_spec_validator"])
        .arg(document)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// How many requests a run made up.
fn generated(said: &str) -> usize {
    // Of several lines with the word only the summary's begins with a number.
    let count = said.lines().find_map(|line| {
        let (count, _) = line.trim().split_once(" generated")?;
        count.replace(',', "").parse().ok()
    });
    count.unwrap_or_else(|| panic!("no count:\n{said}"))
}

#[test]
fn the_server_keeps_to_its_reference() {
    let said = try_out(&[
        "--phases",
        "examples,fuzzing,stateful",
        "--max-examples",
        "4",
        "--seed",
        "1",
    ]);
    assert!(generated(&said) >= 50, "{said}");
}

#[test]
#[ignore = "takes minutes: `cargo xtask schemathesis`"]
#[expect(clippy::print_stdout, reason = "the summary is what the long run is for")]
fn the_server_keeps_to_its_reference_at_length() {
    let said = try_out(&[
        "--phases",
        "examples,fuzzing,stateful",
        "--max-examples",
        "250",
        "--workers",
        "4",
    ]);
    println!("{said}");
    assert!(generated(&said) >= 5_000, "{said}");
}
