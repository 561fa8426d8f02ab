//! Where things are in the repository.

use std::env;
use std::path::{Path, PathBuf};

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    // Cargo says at run time where the task's sources are: two checkouts may share a target folder, and with it
    // this very program.
    #[expect(
        clippy::disallowed_methods,
        reason = "cargo's own variable, not the server's configuration"
    )]
    let here = env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    let here = Path::new(&here);
    here.ancestors().nth(2).unwrap_or(here).to_path_buf()
}

/// The git-ignored folder of what the tests need from elsewhere.
pub(crate) fn tools() -> PathBuf {
    root().join(".tools")
}

/// The sources of the foreign clients.
pub(crate) fn clients() -> PathBuf {
    root().join("crates/server/tests/clients")
}
