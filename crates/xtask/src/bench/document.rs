//! The part of a document that a program writes.

use anyhow::{Context as _, Result};

const BEGIN: &str = "<!-- bench: begin -->";
const END: &str = "<!-- bench: end -->";

/// The document with what stands between its markers replaced.
pub(crate) fn replace(document: &str, with: &str) -> Result<String> {
    let missing = || format!("the document lacks {BEGIN} … {END}");
    let (before, rest) = document.split_once(BEGIN).with_context(missing)?;
    let (_, after) = rest.split_once(END).with_context(missing)?;
    Ok(format!("{before}{BEGIN}\n\n{}\n\n{END}{after}", with.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stands_between_the_markers_changes() {
        let document = format!("head\n{BEGIN}\nold\n{END}\ntail\n");
        let once = replace(&document, "new\n").unwrap();
        assert_eq!(once, format!("head\n{BEGIN}\n\nnew\n\n{END}\ntail\n"));
        assert_eq!(replace(&once, "new").unwrap(), once);
    }

    #[test]
    fn a_document_without_markers_is_left_alone() {
        assert!(replace("head\n", "new").is_err());
    }
}
