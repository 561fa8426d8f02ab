//! What is wrong with a configuration: all of it, each with its key.

use std::{collections::BTreeMap, fmt};

/// Everything that is wrong, by key, in the order of the keys.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Problems(BTreeMap<String, String>);

impl Problems {
    /// Notes what is wrong with a key, unless something is known to be wrong with it already.
    pub(crate) fn add(&mut self, key: impl Into<String>, text: impl fmt::Display) {
        self.0.entry(key.into()).or_insert_with(|| text.to_string());
    }

    /// Notes the error of a check, and gives the value of one that passed.
    pub(crate) fn check<T, E: fmt::Display>(&mut self, key: &str, result: Result<T, E>) -> Option<T> {
        result.map_err(|error| self.add(key, error)).ok()
    }

    /// Adds all of another's; what is known already stands.
    pub(crate) fn absorb(&mut self, other: Self) {
        for (key, text) in other.0 {
            self.add(key, text);
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Names where the value behind each problem came from.
    pub(crate) fn with_origins(self, origin: impl Fn(&str) -> Option<String>) -> Self {
        let place = |(key, text): (String, String)| {
            let text = match origin(&key) {
                Some(origin) if origin != key => format!("{text} (from {origin})"),
                _ => text,
            };
            (key, text)
        };
        Self(self.0.into_iter().map(place).collect())
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.0.len();
        write!(
            f,
            "the configuration has {count} problem{}:",
            if count == 1 { "" } else { "s" }
        )?;
        for (key, text) in &self.0 {
            write!(f, "\n  {key}: {text}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

/// The value that a name stands for.
pub(super) fn choice<T: Copy>(name: &str, choices: &[(&str, T)]) -> Result<T, String> {
    if let Some((_, value)) = choices.iter().find(|(known, _)| *known == name) {
        return Ok(*value);
    }
    let names: Vec<String> = choices.iter().map(|(name, _)| format!("{name:?}")).collect();
    Err(format!("is {}", names.join(" or ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_thing_said_of_a_key_stands() {
        let mut problems = Problems::default();
        problems.add("code.length", "must be a number");
        problems.add("code.length", "is missing");
        problems.add("auth.bootstrap_token", "is too short");
        let problems =
            problems.with_origins(|key| (key == "code.length").then(|| "ringtrue.toml".to_owned()));
        assert_eq!(
            problems.to_string(),
            "the configuration has 2 problems:\n  auth.bootstrap_token: is too short\n  code.length: must be a number (from ringtrue.toml)"
        );
    }
}
