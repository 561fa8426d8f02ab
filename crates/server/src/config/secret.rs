//! A secret, or the file that holds it.

use std::path::PathBuf;

use secrecy::{ExposeSecret as _, SecretString};

use super::problem::Problems;

/// A key and its `…_file` twin, as configured.
#[derive(Debug, Clone, Default)]
pub(super) struct SecretOrFile {
    pub(super) value: Option<SecretString>,
    pub(super) file: Option<PathBuf>,
}

impl SecretOrFile {
    /// Whether there is one at all.
    pub(super) fn is_configured(&self) -> bool {
        self.value.is_some() || self.file.is_some()
    }

    /// The secret, from wherever it stands.
    pub(super) fn resolve(self, key: &str, problems: &mut Problems) -> Option<SecretString> {
        match (self.value, self.file) {
            (Some(_), Some(_)) => {
                problems.add(key, format_args!("stands beside {key}_file; keep one of them"));
                None
            }
            (Some(value), None) if value.expose_secret().is_empty() => {
                problems.add(key, "is empty");
                None
            }
            (value, None) => value,
            (None, Some(path)) => match std::fs::read_to_string(&path) {
                Ok(text) if text.trim().is_empty() => {
                    problems.add(format!("{key}_file"), format_args!("{} is empty", path.display()));
                    None
                }
                Ok(text) => Some(SecretString::from(text.trim())),
                Err(error) => {
                    let text = format!("could not read {}: {}", path.display(), error.kind());
                    problems.add(format!("{key}_file"), text);
                    None
                }
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_read_from_its_file_without_the_white_space_around_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        std::fs::write(&path, "  s3cret\n").unwrap();
        let mut problems = Problems::default();
        let from = |value: Option<&str>, file: Option<&PathBuf>| SecretOrFile {
            value: value.map(SecretString::from),
            file: file.cloned(),
        };
        let read = from(None, Some(&path)).resolve("auth.bootstrap_token", &mut problems);
        assert_eq!(read.unwrap().expose_secret(), "s3cret");
        assert!(problems.is_empty());

        assert!(
            from(Some("x"), Some(&path))
                .resolve("auth.bootstrap_token", &mut problems)
                .is_none()
        );
        let gone = folder.path().join("gone");
        assert!(
            from(None, Some(&gone))
                .resolve("storage.url", &mut problems)
                .is_none()
        );
        let said = problems.to_string();
        assert!(
            said.contains("auth.bootstrap_token: stands beside auth.bootstrap_token_file"),
            "{said}"
        );
        assert!(said.contains("storage.url_file: could not read"), "{said}");
    }
}
