//! The client made with the Rust SDK, built outside the workspace.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::console::step;
use crate::{process, workspace};

/// Builds the client, as far as it is not built yet.
pub(super) fn set_up() -> Result<PathBuf> {
    let folder = workspace::tools().join("rust");
    step("building the Rust client in .tools/rust");
    let mut build = Command::new("cargo");
    build
        .args(["build", "--quiet", "--locked", "--manifest-path"])
        .arg(workspace::clients().join("rust/Cargo.toml"))
        .arg("--target-dir")
        .arg(&folder);
    process::run(&mut build).context("could not build the Rust client")?;
    Ok(folder.join("debug/ringtrue-sdk-client"))
}
