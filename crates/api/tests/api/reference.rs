//! `docs/errors.md` is the error table.

use std::{fs, path::Path};

#[test]
fn the_page_of_errors_is_the_table() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/errors.md");
    let wanted = ringtrue_api::errors_reference();
    if fs::read_to_string(&page).unwrap_or_default() != wanted {
        let made = Path::new(env!("CARGO_TARGET_TMPDIR")).join("errors.md");
        fs::write(&made, wanted).unwrap();
        panic!(
            "docs/errors.md is not the error table: put {} in its place",
            made.display()
        );
    }
}
