use std::{
    path::Path,
    process::Command,
    sync::atomic::{AtomicU32, Ordering},
};

use super::{Setup, variable};

static MADE: AtomicU32 = AtomicU32::new(0);

/// A server over a new database, with a key ring.
pub(crate) fn setup() -> Setup {
    setup_over(&new_database())
}

/// A server over this database, with a key ring.
pub(crate) fn setup_over(url: &str) -> Setup {
    Setup::new()
        .with("RINGTRUE_STORAGE__URL", url)
        .with("RINGTRUE_KEYS__0__ID", "k")
        .with(
            "RINGTRUE_KEYS__0__SECRET",
            "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
        )
}

/// The URL of a new, empty database in the cluster that `cargo xtask test` starts.
pub(crate) fn new_database() -> String {
    let server = variable("RINGTRUE_TEST_POSTGRES");
    let number = MADE.fetch_add(1, Ordering::Relaxed);
    let name = format!("process_{}_{number}", std::process::id());
    ask(&server, &format!("CREATE DATABASE {name}"));
    let (base, _) = server.rsplit_once('/').expect("the URL names a database");
    format!("{base}/{name}")
}

/// What a database answers, a row a line.
pub(crate) fn ask(url: &str, statement: &str) -> String {
    let programs = variable("RINGTRUE_TEST_POSTGRES_BIN");
    let asked = Command::new(Path::new(&programs).join("psql"))
        .args([
            url,
            "--no-psqlrc",
            "--quiet",
            "--tuples-only",
            "--no-align",
            "--command",
            statement,
        ])
        .output()
        .unwrap();
    assert!(
        asked.status.success(),
        "{}",
        String::from_utf8_lossy(&asked.stderr)
    );
    String::from_utf8(asked.stdout).unwrap().trim().to_owned()
}
