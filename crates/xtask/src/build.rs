//! Building a program of the workspace, and finding out where it was put.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::process::Running;
use crate::workspace;

/// Builds with these arguments of `cargo build` and gives the path of the program of that name.
pub(crate) fn program(name: &str, args: &[&str]) -> Result<PathBuf> {
    let mut cargo = Command::new("cargo");
    cargo
        .current_dir(workspace::root())
        .args(["build", "--message-format=json-render-diagnostics"])
        .args(args);
    let (running, reader) = Running::start_with_output(&mut cargo)?;
    let mut program = None;
    for line in BufReader::new(reader).lines() {
        let line = line.context("could not read what cargo said")?;
        let message: Value = serde_json::from_str(&line).unwrap_or_default();
        if message["target"]["name"] == name
            && let Some(path) = message["executable"].as_str()
        {
            program = Some(PathBuf::from(path));
        }
    }
    let status = running.wait()?;
    ensure!(status.success(), "cargo build ended with {status}");
    program.with_context(|| format!("cargo built no {name}"))
}
