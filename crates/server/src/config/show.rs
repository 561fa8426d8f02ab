//! What is in force, and where each value came from.

use std::{fmt::Write as _, path::Path};

use config::Value;

use super::{problem::Problems, reference, source, tree};

/// Stands in the place of every secret.
const MASK: &str = "********";

/// The effective values as TOML keys, one a line, each with its source; secrets are masked.
pub(crate) fn effective(file: Option<&Path>) -> Result<String, Problems> {
    let file = source::file(file);
    Ok(lines(
        &source::merge(file.as_deref(), &source::environment())?,
        file.as_deref(),
    ))
}

pub(super) fn lines(merged: &Value, file: Option<&Path>) -> String {
    let leaves = tree::leaves(merged);
    let shown: Vec<(String, String)> = leaves
        .iter()
        .map(|(path, value)| {
            let origin = source::origin_of(value, file).into_owned();
            (format!("{path} = {}", text(path, value)), origin)
        })
        .collect();
    let width = shown
        .iter()
        .map(|(line, _)| line.chars().count())
        .max()
        .unwrap_or(0);
    let mut lines = String::new();
    for (line, origin) in shown {
        let _ = writeln!(lines, "{line:width$}  # {origin}");
    }
    lines
}

fn text(path: &str, value: &Value) -> String {
    let pattern = pattern(path);
    // A member of a list of texts stands where the list does.
    let key = reference::find(&pattern).or_else(|| reference::find(pattern.strip_suffix("[]")?));
    let plain = value.clone().into_string().unwrap_or_default();
    match key {
        Some(key) if key.path == "storage.url" => format!("{:?}", without_password(&plain)),
        Some(key) if key.secret => format!("{MASK:?}"),
        // What is not a key may be a secret whose name is misspelt.
        None => format!("{MASK:?}"),
        Some(key) if matches!(key.kind, reference::Kind::Integer | reference::Kind::Flag) => plain,
        Some(_) => format!("{plain:?}"),
    }
}

/// The path with `[]` for every index.
fn pattern(path: &str) -> String {
    let mut pattern = String::with_capacity(path.len());
    let mut inside = false;
    for c in path.chars() {
        match c {
            '[' => inside = true,
            ']' => inside = false,
            _ if inside => continue,
            _ => {}
        }
        pattern.push(c);
    }
    pattern
}

/// A URL that shows which database it is, and not how to get in.
fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return MASK.to_owned();
    };
    // Parameters may hold a password too.
    let (rest, query) = match rest.split_once('?') {
        // What stands before is perhaps no place yet, but the beginning of a password with a question mark in it.
        Some((_, parameters)) if parameters.contains('@') => return format!("{scheme}://{MASK}"),
        Some((rest, _)) => (rest, "?…"),
        None => (rest, ""),
    };
    let Some((account, place)) = rest.rsplit_once('@') else {
        return format!("{scheme}://{rest}{query}");
    };
    let user = account.split(':').next().unwrap_or_default();
    format!("{scheme}://{user}:{MASK}@{place}{query}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_url_is_shown_without_its_password() {
        assert_eq!(
            without_password("postgres://ringtrue:p@ss:w@db.example.com/ringtrue?password=x"),
            "postgres://ringtrue:********@db.example.com/ringtrue?…"
        );
        assert_eq!(
            without_password("postgres://ringtrue:p?ss@db.example.com/ringtrue"),
            "postgres://********"
        );
        assert_eq!(without_password("ringtrue:p@db.example.com"), "********");
        assert_eq!(
            without_password("sqlite://.ringtrue/ringtrue.db"),
            "sqlite://.ringtrue/ringtrue.db"
        );
    }

    #[test]
    fn indices_do_not_hide_a_secret_from_its_mask() {
        assert_eq!(
            pattern("sms.providers[12].auth_token"),
            "sms.providers[].auth_token"
        );
    }
}
