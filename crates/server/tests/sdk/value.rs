//! Variables in requests, and what counts as the answer that was expected.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// What has been kept, by name.
pub(crate) type Variables = BTreeMap<String, String>;

/// Puts the variables in: `{code}`, and `{sequence+2}` for numbers.
pub(crate) fn fill(value: &Value, variables: &Variables) -> Value {
    match value {
        Value::String(text) => Value::String(fill_text(text, variables)),
        Value::Array(items) => items.iter().map(|item| fill(item, variables)).collect(),
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| (name.clone(), fill(value, variables)))
            .collect::<Map<_, _>>()
            .into(),
        other => other.clone(),
    }
}

/// The same for a text.
pub(crate) fn fill_text(text: &str, variables: &Variables) -> String {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (expression, after) = after.split_once('}').expect("a closing brace");
        filled.push_str(before);
        filled.push_str(&evaluate(expression, variables));
        rest = after;
    }
    filled + rest
}

fn evaluate(expression: &str, variables: &Variables) -> String {
    let of = |name: &str| {
        let found = variables.get(name);
        found
            .unwrap_or_else(|| panic!("nothing is called {name}"))
            .clone()
    };
    if let Some(times) = expression.strip_prefix("x*") {
        return "x".repeat(times.parse().expect("a number of x"));
    }
    if let Some(name) = expression.strip_prefix("not ") {
        return another(&of(name));
    }
    match expression.split_once('+') {
        Some((name, more)) => {
            let number: u64 = of(name).parse().expect("a number to add to");
            (number + more.parse::<u64>().expect("a number to add")).to_string()
        }
        None => of(expression),
    }
}

/// A code that is wrong for certain.
fn another(code: &str) -> String {
    let number: u32 = code.parse().expect("a code of digits");
    format!("{:06}", (number + 1) % 1_000_000)
}

/// Says where an answer is not what was expected: what the expectation does not name is not looked at.
///
/// Clients write the same in their own ways, so that unset, empty, zero and false are one, and numbers are compared as text.
pub(crate) fn difference(expected: &Value, found: &Value, path: &str) -> Option<String> {
    match expected {
        Value::Object(fields) => fields.iter().find_map(|(name, expected)| {
            let found = found.get(name).unwrap_or(&Value::Null);
            difference(expected, found, &format!("{path}.{name}"))
        }),
        Value::Array(items) => {
            let empty = Vec::new();
            let found = found.as_array().unwrap_or(&empty);
            if found.len() != items.len() {
                return Some(format!(
                    "{path} has {} elements and not {}",
                    found.len(),
                    items.len()
                ));
            }
            let mut pairs = items.iter().zip(found).enumerate();
            pairs.find_map(|(at, (expected, found))| difference(expected, found, &format!("{path}[{at}]")))
        }
        expected => {
            let found = scalar(found);
            let expected = scalar(expected);
            let fits = match expected.as_str() {
                "<code>" => found.len() == 6 && found.bytes().all(|digit| digit.is_ascii_digit()),
                "<time>" => found.starts_with("20") && found.contains('T'),
                "<any>" => !found.is_empty(),
                "<unset>" => found.is_empty(),
                expected => found == expected,
            };
            (!fits).then(|| format!("{path} is {found:?} and not {expected:?}"))
        }
    }
}

/// What stands at a path such as `details.sequence`.
pub(crate) fn at(value: &Value, path: &str) -> Option<String> {
    let found = path.split('.').try_fold(value, |value, name| value.get(name))?;
    Some(scalar(found)).filter(|found| !found.is_empty())
}

fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) if number.as_f64() != Some(0.0) => number.to_string(),
        Value::Bool(true) => "true".to_owned(),
        Value::Array(items) if !items.is_empty() => value.to_string(),
        Value::Object(fields) if !fields.is_empty() => value.to_string(),
        _ => String::new(),
    }
}
