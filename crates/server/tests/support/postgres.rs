use std::{
    path::Path,
    process::Command,
    sync::atomic::{AtomicU32, Ordering},
};

static MADE: AtomicU32 = AtomicU32::new(0);

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

#[expect(
    clippy::disallowed_methods,
    reason = "the harness of the tests hands its cluster over this way"
)]
fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set; `cargo xtask test` sets it"))
}
