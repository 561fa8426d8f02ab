//! The server's certificate, in two files.

use std::path::{Path, PathBuf};

use ringtrue_api::{Tls, TlsError};
use zeroize::Zeroizing;

/// Where the certificate and its key are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CertificateFiles {
    /// The chain in PEM, the server's own first.
    pub(crate) certificate: PathBuf,
    /// The key in PEM.
    pub(crate) key: PathBuf,
}

/// What was read from the files.
#[derive(PartialEq, Eq)]
pub(crate) struct Pair {
    certificate: Vec<u8>,
    key: Zeroizing<Vec<u8>>,
}

/// Which of the files is to blame, and for what.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum FileProblem {
    Certificate(String),
    Key(String),
}

impl CertificateFiles {
    /// Reads both.
    pub(crate) fn read(&self) -> Result<Pair, FileProblem> {
        let read = |path: &Path| {
            std::fs::read(path)
                .map_err(|error| format!("could not read {}: {}", path.display(), error.kind()))
        };
        Ok(Pair {
            certificate: read(&self.certificate).map_err(FileProblem::Certificate)?,
            key: read(&self.key).map(Zeroizing::new).map_err(FileProblem::Key)?,
        })
    }
}

impl Pair {
    /// TLS with this certificate.
    pub(crate) fn tls(&self) -> Result<Tls, FileProblem> {
        Tls::new(&self.certificate, &self.key).map_err(FileProblem::from)
    }

    /// Exchanges the certificate for this one.
    pub(crate) fn replace(&self, tls: &Tls) -> Result<(), FileProblem> {
        tls.replace(&self.certificate, &self.key)
            .map_err(FileProblem::from)
    }
}

impl From<TlsError> for FileProblem {
    fn from(error: TlsError) -> Self {
        match error {
            TlsError::Certificate => Self::Certificate(error.to_string()),
            TlsError::Key | TlsError::Pair(_) => Self::Key(error.to_string()),
        }
    }
}

impl std::fmt::Display for FileProblem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (Self::Certificate(text) | Self::Key(text)) = self;
        f.write_str(text)
    }
}
