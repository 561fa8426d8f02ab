//! Installing what is missing, where that is ours to do: as root on a Debian-like machine.

use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::console::step;
use crate::process;

/// Installs Debian packages, or says what somebody who may should do.
pub(crate) fn install(purpose: &str, packages: &[&str]) -> Result<()> {
    let list = packages.join(" ");
    if !rustix::process::geteuid().is_root() || !has_apt_get() {
        bail!(
            "{purpose} is missing and cannot be installed from here: this takes root and apt-get. \
             On Debian or Ubuntu run `sudo apt-get install {list}`; elsewhere install the same with the \
             system's own means; then run this again."
        );
    }
    step(format_args!("{purpose} is missing, installing {list}"));
    process::run_quietly(apt_get().arg("update")).context("could not refresh the package lists")?;
    process::run_quietly(
        apt_get()
            .args(["install", "--yes", "--no-install-recommends"])
            .args(packages),
    )
    .with_context(|| format!("could not install {list}"))?;
    Ok(())
}

fn apt_get() -> Command {
    let mut command = Command::new("apt-get");
    command.env("DEBIAN_FRONTEND", "noninteractive");
    command
}

fn has_apt_get() -> bool {
    process::works(Command::new("apt-get").arg("--version"))
}
