//! Why a command fails, and the exit code it fails with.

use std::{error::Error, fmt, process::ExitCode};

use crate::config::Problems;

/// Why a command did not do what it was asked to.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The arguments or the configuration are wrong: exit code 2.
    Usage(String),
    /// It went wrong on the way: exit code 1.
    Failed(String),
}

impl Failure {
    /// What could not be done, and the chain of causes: the one who reads this runs the database, too.
    pub(crate) fn because(what: impl fmt::Display, error: &(dyn Error + 'static)) -> Self {
        let causes = std::iter::successors(Some(error), |&error| error.source());
        let mut said: Vec<String> = Vec::new();
        for cause in causes.map(ToString::to_string) {
            // Some errors repeat the one below them.
            if !said.iter().any(|known| known.contains(&cause)) {
                said.push(cause);
            }
        }
        Self::Failed(format!("{what}: {}", said.join(": ")))
    }

    pub(super) fn exit_code(&self) -> ExitCode {
        match self {
            Self::Failed(_) => ExitCode::from(1),
            Self::Usage(_) => ExitCode::from(2),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Usage(text) | Self::Failed(text)) = self;
        f.write_str(text)
    }
}

impl From<Problems> for Failure {
    fn from(problems: Problems) -> Self {
        Self::Usage(problems.to_string())
    }
}
