//! Starts the real binary on a free port, and talks to it like a stranger.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a helper that fails, fails its test"
)]

pub(crate) mod http;
pub(crate) mod inbox;
pub(crate) mod lines;
pub(crate) mod postgres;

use std::{
    collections::BTreeMap,
    fs::File,
    path::{Path, PathBuf},
    process::{Command, ExitStatus, Stdio},
    sync::{Arc, mpsc},
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use self::lines::Lines;

/// How long a test waits for anything before it fails.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);
/// A token that every server here grants `IAM_OWNER`, unless it is taken away.
pub(crate) const ADMIN: &str = "bootstrap-token-of-the-tests";

/// How to run the binary: in a folder of its own, with an environment of its own.
#[derive(Clone)]
pub(crate) struct Setup {
    folder: Arc<TempDir>,
    variables: BTreeMap<String, String>,
}

impl Setup {
    /// A free port, and nothing else configured.
    pub(crate) fn bare() -> Self {
        let setup = Self {
            folder: Arc::new(tempfile::tempdir().unwrap()),
            variables: BTreeMap::new(),
        };
        setup.with("RINGTRUE_SERVER__LISTEN", "127.0.0.1:0")
    }

    /// A free port, and [`ADMIN`] as the bootstrap token.
    pub(crate) fn new() -> Self {
        Self::bare().with("RINGTRUE_AUTH__BOOTSTRAP_TOKEN", ADMIN)
    }

    /// Sets a variable.
    pub(crate) fn with(mut self, variable: &str, value: &str) -> Self {
        self.variables.insert(variable.to_owned(), value.to_owned());
        self
    }

    /// The working directory.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file into the working directory.
    pub(crate) fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    /// The binary with these arguments.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ringtrue"));
        command
            .args(args)
            .current_dir(self.folder())
            .env_clear()
            .envs(&self.variables)
            .stdin(Stdio::null());
        command
    }

    /// Runs a command to its end.
    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        let output = self.command(args).output().unwrap();
        Ran {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Starts a server and waits until it listens.
    pub(crate) fn start(&self) -> Ringtrue {
        Ringtrue::start(self)
    }
}

/// A command that ran to its end.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// A running server; dropping it kills it.
pub(crate) struct Ringtrue {
    base_url: String,
    pid: Pid,
    ended: mpsc::Receiver<ExitStatus>,
    status: Option<ExitStatus>,
    /// It lives in there.
    _folder: Arc<TempDir>,
    pub(crate) stdout: Lines,
    pub(crate) stderr: Lines,
}

impl Ringtrue {
    fn start(setup: &Setup) -> Self {
        let mut command = setup.command(&["serve"]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let pid = Pid::from_child(&child);
        let stdout = Lines::read(child.stdout.take().unwrap());
        let stderr = Lines::read(child.stderr.take().unwrap());
        let (sender, ended) = mpsc::channel();
        std::thread::spawn(move || {
            if let Ok(status) = child.wait() {
                let _ = sender.send(status);
            }
        });
        let listening = stdout.wait_for(|line| line.starts_with("listening on "));
        let Some(listening) = listening else {
            panic!(
                "the server does not listen; it says:\n{}",
                stderr.all().join("\n")
            );
        };
        Self {
            base_url: listening.trim_start_matches("listening on ").to_owned(),
            pid,
            ended,
            status: None,
            _folder: setup.folder.clone(),
            stdout,
            stderr,
        }
    }

    /// `http://127.0.0.1:PORT`
    pub(crate) fn base_url(&self) -> &str {
        &self.base_url
    }

    /// `127.0.0.1:PORT`
    pub(crate) fn address(&self) -> &str {
        self.base_url
            .trim_start_matches("http://")
            .trim_start_matches("https://")
    }

    /// How many threads carry calls out beside the main one.
    pub(crate) fn worker_threads(&self) -> usize {
        let tasks = format!("/proc/{}/task", self.pid.as_raw_pid());
        let names = std::fs::read_dir(tasks)
            .unwrap()
            .filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("comm")).ok());
        names.filter(|name| name.starts_with("worker-")).count()
    }

    /// Asks it to stop, as a supervisor does.
    pub(crate) fn terminate(&mut self) {
        self.signal(Signal::TERM);
    }

    /// Asks it to look at its files again.
    pub(crate) fn hang_up(&self) {
        kill_process(self.pid, Signal::HUP).unwrap();
    }

    /// Kills it, as a power cut would, and waits until it is gone.
    pub(crate) fn kill9(&mut self) {
        self.signal(Signal::KILL);
        self.wait();
    }

    /// Waits until it has ended.
    pub(crate) fn wait(&mut self) -> ExitStatus {
        if let Some(status) = self.status {
            return status;
        }
        let status = self.ended.recv_timeout(PATIENCE);
        let status = status.expect("the server ends in time");
        self.status = Some(status);
        status
    }

    fn signal(&mut self, signal: Signal) {
        if self.status.is_none() {
            self.status = self.ended.try_recv().ok();
        }
        // A pid that was waited for may be another's by now.
        if self.status.is_none() {
            let _ = kill_process(self.pid, signal);
        }
    }
}

impl Drop for Ringtrue {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
    }
}

/// Output that can be opened and not written: its disk is full.
pub(crate) fn full_disk() -> File {
    File::options().write(true).open("/dev/full").unwrap()
}

/// What `cargo xtask test` has set up for the tests.
#[expect(
    clippy::disallowed_methods,
    reason = "the harness of the tests hands its cluster and clients over this way"
)]
pub(crate) fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set; `cargo xtask test` sets it"))
}
