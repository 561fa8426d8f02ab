//! Where things are in the repository.

use std::path::{Path, PathBuf};

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
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
