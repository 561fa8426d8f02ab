//! A Python environment in `.tools/python`.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result};

use super::stamp::Stamp;
use crate::console::step;
use crate::{apt, process, workspace};

/// Prints the version and fails where the packages would not install: too old, or no way to make an environment.
const PROBE: &str =
    "import sys, venv, ensurepip; assert sys.version_info >= (3, 11), sys.version; print(sys.version)";

/// The programs to try: a Python of one's own, then the system's.
const PYTHONS: [&str; 2] = ["python3", "/usr/bin/python3"];

/// Makes the environment, or reuses it, and returns its Python.
pub(super) fn set_up() -> Result<PathBuf> {
    let (python, version) = find_or_install()?;
    let folder = workspace::tools().join("python");
    let requirements = workspace::clients().join("python/requirements.txt");
    let stamp = Stamp::new(&folder, &version, std::slice::from_ref(&requirements))?;
    let inside = folder.join("bin/python");
    if stamp.matches() {
        return Ok(inside);
    }
    step("setting up the Python clients in .tools/python");
    let mut venv = Command::new(python);
    process::run_quietly(venv.args(["-m", "venv", "--clear"]).arg(&folder))
        .context("could not make a Python environment")?;
    let mut pip = Command::new(&inside);
    pip.args([
        "-m",
        "pip",
        "install",
        "--disable-pip-version-check",
        "--no-input",
        "--requirement",
    ]);
    process::run_quietly(pip.arg(&requirements)).context("could not install the Python clients")?;
    fs::create_dir_all(&folder).context("could not keep the Python environment")?;
    stamp.set()?;
    Ok(inside)
}

fn find_or_install() -> Result<(&'static str, String)> {
    if let Some(found) = find() {
        return Ok(found);
    }
    apt::install("Python 3.11 or newer with venv", &["python3", "python3-venv"])?;
    find().context("no Python 3.11 or newer with its venv module")
}

fn find() -> Option<(&'static str, String)> {
    PYTHONS.iter().find_map(|python| {
        let output = Command::new(python).args(["-c", PROBE]).output().ok()?;
        output
            .status
            .success()
            .then(|| (*python, String::from_utf8_lossy(&output.stdout).into_owned()))
    })
}
