//! The text of `docs/configuration.md`.

use std::fmt::Write as _;

use super::{Fallback, KEYS, Key, Kind};

const INTRODUCTION: &str = include_str!("introduction.md");

/// The page `docs/configuration.md`.
pub(crate) fn page() -> String {
    let mut page = INTRODUCTION.to_owned();
    let mut section = "";
    for key in KEYS {
        let own = key
            .path
            .split_once(['.', '['])
            .map_or(key.path, |(section, _)| section);
        if own != section {
            section = own;
            let _ = write!(
                page,
                "\n## `{section}`\n\n| key | value | default | variable | meaning |\n| --- | --- | --- | --- | --- |\n"
            );
        }
        let _ = writeln!(
            page,
            "| `{}` | {} | {} | `{}` | {} |",
            key.path,
            kind(key),
            fallback(key),
            key.variable(),
            key.meaning
        );
    }
    page
}

fn kind(key: &Key) -> String {
    match key.kind {
        Kind::Text if key.secret => "text, secret".to_owned(),
        Kind::Text => "text".to_owned(),
        Kind::Texts => "list of texts".to_owned(),
        Kind::Integer => "whole number".to_owned(),
        Kind::Flag => "`true` or `false`".to_owned(),
        Kind::Duration => "length of time".to_owned(),
        Kind::Choice(names) => names
            .iter()
            .map(|name| format!("`{name}`"))
            .collect::<Vec<_>>()
            .join(", "),
    }
}

fn fallback(key: &Key) -> String {
    match key.fallback {
        Fallback::Value(value) => format!("`{value}`"),
        Fallback::Described(text) => text.to_owned(),
        Fallback::None => "—".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_in_docs_is_the_one_this_table_writes() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/configuration.md");
        let written = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            written == page(),
            "docs/configuration.md is not what the table says; write it with: cargo run -- config reference > docs/configuration.md"
        );
    }
}
