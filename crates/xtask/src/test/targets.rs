//! Which test program belongs to which crate.
//!
//! `cargo test` announces a program by its path only, and two crates may have an integration test of the same name:
//! so the programs are built first, with cargo naming the package of each.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::Stdio;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::process::Running;

/// Test programs by file name, which ends in a hash of what they were built from.
#[derive(Default)]
pub(super) struct Targets(BTreeMap<String, String>);

impl Targets {
    /// Builds every test program.
    pub(super) fn build(args: &[&str]) -> Result<Self> {
        if args.contains(&"--doc") {
            // Documentation has no programs to build beforehand.
            return Ok(Self::default());
        }
        let mut build = super::cargo(
            &["test", "--no-run", "--message-format=json-render-diagnostics"],
            args,
        );
        let (running, reader) = Running::start_with_output(build.stderr(Stdio::inherit()))?;
        let mut targets = Self::default();
        for line in BufReader::new(reader).lines() {
            targets.read(&line.context("could not read what cargo built")?);
        }
        let status = running.wait()?;
        ensure!(
            status.success(),
            "the tests do not build: cargo ended with {status}"
        );
        Ok(targets)
    }

    /// The crate of a program.
    pub(super) fn package(&self, program: &str) -> Option<&str> {
        self.0.get(file_name(program)).map(String::as_str)
    }

    /// Reads one of cargo's messages.
    pub(super) fn read(&mut self, message: &str) {
        let Ok(message) = serde_json::from_str::<Value>(message) else {
            return;
        };
        let (Some(program), Some(package)) = (message["executable"].as_str(), message["package_id"].as_str())
        else {
            return;
        };
        self.0
            .insert(file_name(program).to_owned(), package_name(package).to_owned());
    }
}

fn file_name(path: &str) -> &str {
    Path::new(path)
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or(path)
}

/// Reads `path+file:///…/crates/core#ringtrue-core@0.1.0` and, where folder and package agree, `path+file:///…/xtask#0.1.0`.
fn package_name(id: &str) -> &str {
    let (location, fragment) = id.rsplit_once('#').unwrap_or((id, ""));
    match fragment.split_once('@') {
        Some((name, _version)) => name,
        None => file_name(location),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_of_a_package_id_give_its_name() {
        assert_eq!(
            package_name("path+file:///r/crates/core#ringtrue-core@0.1.0"),
            "ringtrue-core"
        );
        assert_eq!(package_name("path+file:///r/crates/xtask#0.1.0"), "xtask");
    }

    #[test]
    fn messages_without_a_program_are_passed_over() {
        let mut targets = Targets::default();
        targets.read("not json");
        targets.read(r#"{"reason":"compiler-artifact","package_id":"a#a@1","executable":null}"#);
        assert!(targets.0.is_empty());
    }
}
