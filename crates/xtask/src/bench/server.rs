//! The release build of `ringtrue`, started for a case and stopped after it.

use std::fs;
use std::io::{BufRead as _, BufReader, PipeReader};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

use super::rest;
use crate::build;
use crate::console::step;
use crate::process::{self, Running};

/// The token that is configured where no stored one can be.
pub(crate) const BOOTSTRAP_TOKEN: &str = "rt_bench_bootstrap_token_0123456789abcdef";
/// 32 bytes in base64; the messages under it are thrown away with their database.
const KEY: &str = "YmVuY2ggYmVuY2ggYmVuY2ggYmVuY2ggYmVuY2ghISE=";
const START_MAX: Duration = Duration::from_secs(30);

/// What was built.
pub(crate) struct Release {
    /// `ringtrue`.
    pub(crate) server: PathBuf,
    /// The handler that only parses and answers.
    pub(crate) bare: PathBuf,
}

impl Release {
    /// Builds both with the release profile.
    pub(crate) fn build() -> Result<Self> {
        step("building the release");
        Ok(Self {
            server: build::program(
                "ringtrue",
                &["--release", "--package", "ringtrue-server", "--bin", "ringtrue"],
            )?,
            bare: build::program(
                "bare",
                &["--release", "--package", "ringtrue-api", "--example", "bare"],
            )?,
        })
    }
}

/// A process that serves, stopped when dropped.
pub(crate) struct Server {
    running: Running,
    /// Kept, so that the server never writes into a closed pipe.
    output: BufReader<PipeReader>,
    /// Where it listens.
    pub(crate) address: SocketAddr,
}

impl Server {
    /// Starts `ringtrue serve` on a database and waits until it listens.
    pub(crate) fn start(program: &Path, folder: &Path, storage: &str) -> Result<Self> {
        Self::start_with(program, folder, storage, &[])
    }

    /// The same with these settings, each a variable of the environment and its value.
    pub(crate) fn start_with(
        program: &Path,
        folder: &Path,
        storage: &str,
        settings: &[(&str, &str)],
    ) -> Result<Self> {
        let mut serve = configured(program, folder, storage);
        serve
            .arg("serve")
            .envs(settings.iter().copied())
            .env("RINGTRUE_AUTH__BOOTSTRAP_TOKEN", BOOTSTRAP_TOKEN);
        Self::listening(&mut serve)
    }

    /// Starts a program that says `listening on http://ADDRESS` and waits until it does.
    pub(crate) fn listening(command: &mut Command) -> Result<Self> {
        let (running, output) = Running::start_with_output(command.stderr(Stdio::inherit()))?;
        let mut server = Self {
            running,
            output: BufReader::new(output),
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
        };
        let mut line = String::new();
        loop {
            line.clear();
            let read = server
                .output
                .read_line(&mut line)
                .context("could not read what the server said")?;
            ensure!(read > 0, "the server ended before it listened");
            if let Some(address) = line.trim().strip_prefix("listening on http://") {
                server.address = address.parse().context("the server listens on no address")?;
                return Ok(server);
            }
        }
    }

    /// Waits until `/ready` says so.
    pub(crate) fn wait_until_ready(&self) -> Result<()> {
        let begun = Instant::now();
        while begun.elapsed() < START_MAX {
            let answer = TcpStream::connect(self.address).and_then(|stream| rest::get(stream, "/ready"));
            if answer.is_ok_and(|status| status == 200) {
                return Ok(());
            }
            std::thread::yield_now();
        }
        anyhow::bail!("the server did not get ready in {START_MAX:?}")
    }

    /// Its resident memory in megabytes, as `VmRSS` (now) or `VmHWM` (at most, so far).
    pub(crate) fn memory(&self, which: &str) -> Result<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.running.id()))
            .context("could not read the server's memory")?;
        let kib = status
            .lines()
            .find_map(|line| {
                line.strip_prefix(which)?
                    .trim_start_matches(':')
                    .trim()
                    .split(' ')
                    .next()?
                    .parse::<u32>()
                    .ok()
            })
            .with_context(|| format!("the kernel says no {which}"))?;
        Ok(f64::from(kib) * 1024.0 / 1e6)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.running.stop();
    }
}

/// Makes an administrator's token, and with it the schema of a database that has none.
pub(crate) fn create_token(program: &Path, folder: &Path, storage: &str) -> Result<String> {
    let mut create = configured(program, folder, storage);
    create.args(["token", "create", "--service", "bench", "--role", "IAM_OWNER"]);
    let said = process::run_quietly(&mut create).context("could not create a token")?;
    let token = said.split_whitespace().find(|word| word.starts_with("rt_"));
    Ok(token.context("no token was printed")?.to_owned())
}

/// The binary with nothing configured that its user would not: storage, keys, a free port, a quiet log.
fn configured(program: &Path, folder: &Path, storage: &str) -> Command {
    let mut command = Command::new(program);
    command
        .current_dir(folder)
        .env("RINGTRUE_LOG", "error")
        .env("RINGTRUE_SERVER__LISTEN", "127.0.0.1:0")
        .env("RINGTRUE_STORAGE__URL", storage)
        .env("RINGTRUE_KEYS__0__ID", "bench")
        .env("RINGTRUE_KEYS__0__SECRET", KEY);
    command
}
