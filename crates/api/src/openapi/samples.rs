//! The same call in every language of the page: one description of it, and a template per language.
//!
//! A sample runs as it stands: where the server is and who calls are read from the environment.

mod languages;

use std::fmt::Write as _;

use http::Method as Verb;
use serde_json::{Value, json};

use super::{calls::Call, example};

/// A call, ready to be written down.
pub(super) struct Sample {
    /// `POST`
    verb: Verb,
    /// The path, its variables filled in.
    path: String,
    /// The body, in JSON that no language takes for anything else.
    body: Option<String>,
}

/// A language: what a viewer calls it, its label, and its template.
type Language = (&'static str, &'static str, fn(&Sample) -> String);

const LANGUAGES: [Language; 9] = [
    ("Shell", "curl", languages::curl),
    ("Python", "Python", languages::python),
    ("Go", "Go", languages::go),
    ("JavaScript", "Node.js", languages::node),
    ("Ruby", "Ruby", languages::ruby),
    ("C#", "C#", languages::csharp),
    ("PHP", "PHP", languages::php),
    ("Java", "Java", languages::java),
    ("PowerShell", "PowerShell", languages::powershell),
];

/// The user in the path of every sample.
pub(super) const USER: &str = "ada";

/// The call in every language, as `x-codeSamples`.
pub(super) fn of(call: &Call) -> Value {
    let sample = Sample::new(call);
    let written = LANGUAGES
        .map(|(lang, label, write)| json!({ "lang": lang, "label": label, "source": write(&sample) }));
    json!(written)
}

impl Sample {
    fn new(call: &Call) -> Self {
        let input = call.method.input();
        let body = call.has_body().then(|| example::message(&input, &call.in_path));
        let path = call.path.split('/').map(|segment| match segment {
            "{userId}" => USER,
            other => other.trim_matches(['{', '}']),
        });
        Self {
            verb: call.verb.clone(),
            path: path.collect::<Vec<_>>().join("/"),
            body: body.map(|body| plain(&body)),
        }
    }
}

/// JSON whose texts hold no quote, backslash or accent: such characters are written as `\u0027` and its like, so that
/// the whole can be quoted in any language.
fn plain(body: &Value) -> String {
    let text = serde_json::to_string_pretty(&escaped(body)).unwrap_or_default();
    text.replace("\\\\u00", "\\u00")
}

fn escaped(value: &Value) -> Value {
    match value {
        Value::String(text) => {
            let mut out = String::new();
            for character in text.chars() {
                if "'\"\\`$".contains(character) {
                    // Writing to a String cannot fail.
                    let _ = write!(out, "\\u{:04x}", u32::from(character));
                } else {
                    out.push(character);
                }
            }
            Value::String(out)
        }
        Value::Array(items) => items.iter().map(escaped).collect(),
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| (name.clone(), escaped(value)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_that_could_end_a_quote_is_written_so_that_it_does_not() {
        let body = json!({ "name": ["O'Brien \"`$\\"] });
        let text = plain(&body);
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), body);
        assert!(!text.contains(['\'', '`', '$']), "{text}");
    }

    #[test]
    fn every_call_is_written_in_every_language_with_its_verb_path_and_body() {
        for call in Call::all() {
            let sample = Sample::new(&call);
            assert!(!sample.path.contains('{'), "{}", sample.path);
            for (_, label, write) in LANGUAGES {
                let source = write(&sample);
                assert!(source.contains(&sample.path), "{label}: {source}");
                let verb = sample.verb.as_str();
                assert!(source.to_uppercase().contains(verb), "{label}: {source}");
                assert!(source.contains("RINGTRUE_TOKEN"), "{label}: {source}");
                assert_eq!(
                    source.contains("application/json"),
                    sample.body.is_some(),
                    "{label}: {source}"
                );
            }
        }
    }
}
