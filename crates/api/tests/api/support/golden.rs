//! Files that say what must come out.

use std::{fs, path::Path};

/// Compares with `tests/golden/name`; what came out instead is kept beside the build, to be put in its place if it is
/// right.
pub(crate) fn check(name: &str, got: &str) {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(name);
    let wanted = fs::read_to_string(&golden).unwrap_or_default();
    if wanted == got {
        return;
    }
    let made = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&made, got).unwrap();
    let differs = wanted
        .lines()
        .zip(got.lines())
        .find(|(wanted, got)| wanted != got);
    panic!(
        "{name} differs, first in {differs:#?}; what came out is {}",
        made.display()
    );
}
