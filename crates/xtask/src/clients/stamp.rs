//! Knowing whether a folder was made, to its end, from the requirements of now.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

/// What a folder is made from.
pub(crate) struct Stamp {
    path: PathBuf,
    wanted: String,
}

impl Stamp {
    /// The stamp of a folder made by `program` from `files`.
    pub(crate) fn new(folder: &Path, program: &str, files: &[PathBuf]) -> Result<Self> {
        let mut wanted = format!("{program}\n");
        for file in files {
            let text = fs::read_to_string(file);
            wanted.push_str(&text.with_context(|| format!("could not read {}", file.display()))?);
        }
        Ok(Self {
            path: folder.join("ringtrue-stamp"),
            wanted,
        })
    }

    /// Whether the folder can be used as it is.
    pub(crate) fn matches(&self) -> bool {
        fs::read_to_string(&self.path).is_ok_and(|found| found == self.wanted)
    }

    /// Says that the folder is complete.
    pub(crate) fn set(&self) -> Result<()> {
        fs::write(&self.path, &self.wanted).context("could not write a stamp")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_stale_until_complete_and_once_its_requirements_change() {
        let folder = tempfile::tempdir().unwrap();
        let requirements = folder.path().join("requirements.txt");
        fs::write(&requirements, "one==1\n").unwrap();
        let stamp = || Stamp::new(folder.path(), "Python 3.11", std::slice::from_ref(&requirements)).unwrap();
        assert!(!stamp().matches());
        stamp().set().unwrap();
        assert!(stamp().matches());
        fs::write(&requirements, "one==2\n").unwrap();
        assert!(!stamp().matches());
    }
}
