//! The foreign clients that tests drive the server with: a Python and a Node with what they import, and a program in Rust.
//!
//! They live in the git-ignored `.tools/`. A stamp there holds the requirements they were made from, so that they
//! are made again when those change and reused otherwise.

mod node;
mod python;
mod rust;
mod stamp;

use std::path::PathBuf;

use anyhow::Result;

/// Programs ready to run the clients' scripts.
pub(crate) struct Clients {
    /// Python, with the packages in reach.
    pub(crate) python: PathBuf,
    /// The folder of the Node scripts, with the modules in reach.
    pub(crate) node_scripts: PathBuf,
    /// The program made with the Rust SDK.
    pub(crate) rust: PathBuf,
}

impl Clients {
    /// Sets up what is missing or stale.
    pub(crate) fn set_up() -> Result<Self> {
        Ok(Self {
            python: python::set_up()?,
            node_scripts: node::set_up()?,
            rust: rust::set_up()?,
        })
    }
}
