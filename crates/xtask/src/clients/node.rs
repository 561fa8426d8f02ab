//! Node modules in `.tools/node`, with a link to the scripts beside them.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result};

use super::stamp::Stamp;
use crate::console::step;
use crate::{apt, process, workspace};

/// The oldest major version that the modules promise to work with.
const MAJOR_MIN: u32 = 18;
/// What npm reads.
const FILES: [&str; 3] = ["package.json", "package-lock.json", ".npmrc"];

/// Makes the folder, or reuses it, and returns that of the scripts.
pub(super) fn set_up() -> Result<PathBuf> {
    let version = find_or_install()?;
    let folder = workspace::tools().join("node");
    let sources = workspace::clients().join("node");
    let scripts = folder.join("scripts");
    let stamp = Stamp::new(&folder, &version, &FILES.map(|file| sources.join(file)))?;
    if stamp.matches() && scripts.exists() {
        return Ok(scripts);
    }
    step("setting up the Node clients in .tools/node");
    if folder.exists() {
        fs::remove_dir_all(&folder).context("could not remove the former Node modules")?;
    }
    fs::create_dir_all(&folder).context("could not make a folder for Node modules")?;
    for file in FILES {
        fs::copy(sources.join(file), folder.join(file)).with_context(|| format!("could not copy {file}"))?;
    }
    process::run_quietly(Command::new("npm").arg("ci").current_dir(&folder))
        .context("could not install the Node clients")?;
    // Modules are looked for beside the script as it was called, which is here, and not beside its source.
    symlink(&sources, &scripts).context("could not link the Node scripts")?;
    stamp.set()?;
    Ok(scripts)
}

fn find_or_install() -> Result<String> {
    if let Some(found) = find() {
        return Ok(found);
    }
    apt::install(&format!("Node {MAJOR_MIN} or newer with npm"), &["nodejs", "npm"])?;
    find().with_context(|| format!("no Node {MAJOR_MIN} or newer with npm"))
}

/// The version of Node, if it is new enough and npm is there too.
fn find() -> Option<String> {
    let node = Command::new("node").arg("--version").output().ok()?;
    let version = String::from_utf8(node.stdout).ok()?;
    let npm = Command::new("npm").arg("--version").output().ok()?;
    (npm.status.success() && parse_major(&version)? >= MAJOR_MIN).then_some(version)
}

/// Reads `v18.20.4`.
fn parse_major(version: &str) -> Option<u32> {
    version.trim().strip_prefix('v')?.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_of_node_is_read() {
        assert_eq!(parse_major("v18.20.4\n"), Some(18));
        assert_eq!(parse_major("18.20.4"), None);
    }
}
