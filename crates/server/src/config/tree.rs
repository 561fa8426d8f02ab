//! The merged values as a tree: every key known, every value of its kind.

use config::{Map, Value, ValueKind};

use super::{
    problem::Problems,
    reference::{self, Key, Kind},
};

/// Notes every unknown key and every value of the wrong kind, and puts the default in the place of the latter, so
/// that the checks that follow can find what else is wrong.
pub(super) fn inspect(tree: Value, problems: &mut Problems) -> Value {
    let ValueKind::Table(table) = tree.kind else {
        return tree;
    };
    Value::new(None, ValueKind::Table(inspect_table("", "", table, problems)))
}

fn inspect_table(
    pattern: &str,
    path: &str,
    table: Map<String, Value>,
    problems: &mut Problems,
) -> Map<String, Value> {
    let mut kept = Map::new();
    let in_files: Vec<String> = table
        .keys()
        .filter_map(|name| name.strip_suffix("_file").map(str::to_owned))
        .collect();
    for (name, value) in table {
        // A secret in a file takes the place of a default; one that was set stays, to be noticed.
        if value.origin().is_none() && in_files.contains(&name) {
            continue;
        }
        let (pattern, path) = (join(pattern, &name), join(path, &name));
        if let Some(value) = inspect_value(&pattern, &path, value, problems) {
            kept.insert(name, value);
        }
    }
    kept
}

fn inspect_value(pattern: &str, path: &str, value: Value, problems: &mut Problems) -> Option<Value> {
    if let Some(key) = reference::find(pattern) {
        return match wrong(key, &value) {
            None => Some(value),
            Some(text) => {
                problems.add(path, text);
                Some(Value::new(None, key.fallback.value()?))
            }
        };
    }
    let list = format!("{pattern}[].");
    if reference::KEYS.iter().any(|key| key.path.starts_with(&list)) {
        let origin = value.origin().map(str::to_owned);
        let ValueKind::Array(items) = value.kind else {
            problems.add(
                path,
                format_args!("is a list of tables, each under [[{pattern}]]"),
            );
            return None;
        };
        let items: Vec<Value> = items
            .into_iter()
            .enumerate()
            .map(|(at, item)| {
                let item = inspect_section(&format!("{pattern}[]"), &format!("{path}[{at}]"), item, problems);
                item.unwrap_or_else(|| Value::new(None, Map::<String, Value>::new()))
            })
            .collect();
        return Some(Value::new(origin.as_ref(), items));
    }
    if reference::KEYS
        .iter()
        .any(|key| key.path.starts_with(&format!("{pattern}.")))
    {
        return inspect_section(pattern, path, value, problems);
    }
    problems.add(path, unknown(pattern));
    None
}

fn inspect_section(pattern: &str, path: &str, value: Value, problems: &mut Problems) -> Option<Value> {
    let ValueKind::Table(table) = value.kind else {
        problems.add(path, "is a table of keys, not a value");
        return None;
    };
    let table = inspect_table(pattern, path, table, problems);
    Some(Value::new(None, ValueKind::Table(table)))
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}

/// What is wrong with the kind of a value; its contents are for its section to judge.
fn wrong(key: &Key, value: &Value) -> Option<&'static str> {
    let fits = match key.kind {
        Kind::Integer => !matches!(value.kind, ValueKind::Float(_)) && value.clone().into_uint().is_ok(),
        Kind::Flag => {
            matches!(&value.kind, ValueKind::Boolean(_))
                || matches!(&value.kind, ValueKind::String(text) if text == "true" || text == "false")
        }
        Kind::Texts => match &value.kind {
            ValueKind::Array(items) => items.iter().all(is_text),
            _ => is_text(value),
        },
        Kind::Text | Kind::Duration | Kind::Choice(_) => is_text(value),
    };
    if fits {
        return None;
    }
    Some(match key.kind {
        Kind::Integer => "is a whole number, not negative",
        Kind::Flag => "is true or false",
        Kind::Text | Kind::Duration | Kind::Choice(_) => "is one text, in quotation marks",
        Kind::Texts => "is a list of texts, in quotation marks and brackets, or one text with commas",
    })
}

fn is_text(value: &Value) -> bool {
    !matches!(value.kind, ValueKind::Nil | ValueKind::Array(_)) && value.clone().into_string().is_ok()
}

/// An unknown key, and the known one that is nearest.
fn unknown(pattern: &str) -> String {
    let nearest = reference::KEYS
        .iter()
        .map(|key| (distance(key.path, pattern), key.path))
        .min();
    match nearest {
        Some((distance, path)) if distance <= 3 => format!("is not a key; did you mean {path}?"),
        _ => "is not a key; `ringtrue config show` lists the keys there are".to_owned(),
    }
}

/// Levenshtein's distance.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.bytes().enumerate() {
            let replaced = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

/// The leaves of the tree, each with its path and the value as text.
pub(super) fn leaves(tree: &Value) -> Vec<(String, &Value)> {
    fn gather<'a>(path: &str, value: &'a Value, found: &mut Vec<(String, &'a Value)>) {
        match &value.kind {
            ValueKind::Table(table) => {
                for (name, value) in table {
                    gather(&join(path, name), value, found);
                }
            }
            ValueKind::Array(items) => {
                for (at, value) in items.iter().enumerate() {
                    gather(&format!("{path}[{at}]"), value, found);
                }
            }
            _ => found.push((path.to_owned(), value)),
        }
    }
    let mut found = Vec::new();
    gather("", tree, &mut found);
    found.sort_by(|(a, _), (b, _)| a.cmp(b));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_distance_counts_single_slips() {
        assert_eq!(distance("code.length", "code.length"), 0);
        assert_eq!(distance("code.length", "code.lenght"), 2);
        assert_eq!(distance("code.length", "code.lengt"), 1);
    }
}
