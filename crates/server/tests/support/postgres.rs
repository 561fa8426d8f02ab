use std::{
    path::Path,
    process::Command,
    sync::atomic::{AtomicU32, Ordering},
};

use super::{Setup, variable};

static MADE: AtomicU32 = AtomicU32::new(0);

/// A server over a new database, with a key ring.
pub(crate) fn setup() -> Setup {
    Setup::new()
        .with("RINGTRUE_STORAGE__URL", &new_database())
        .with("RINGTRUE_KEYS__0__ID", "k")
        .with(
            "RINGTRUE_KEYS__0__SECRET",
            "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
        )
}

/// The URL of a new, empty database in the cluster that `cargo xtask test` starts.
pub(crate) fn new_database() -> String {
    let server = variable("RINGTRUE_TEST_POSTGRES");
    let programs = variable("RINGTRUE_TEST_POSTGRES_BIN");
    let number = MADE.fetch_add(1, Ordering::Relaxed);
    let name = format!("process_{}_{number}", std::process::id());
    let made = Command::new(Path::new(&programs).join("psql"))
        .args([&server, "--no-psqlrc", "--quiet", "--command"])
        .arg(format!("CREATE DATABASE {name}"))
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let (base, _) = server.rsplit_once('/').expect("the URL names a database");
    format!("{base}/{name}")
}
