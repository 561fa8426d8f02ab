//! Running other programs, so that none outlives an interrupted task.
//!
//! Every program gets a process group of its own. A first signal to the task (Ctrl-C, a termination, a closed
//! terminal) asks the running group to end, a second one ends it; the task then returns an error, and with it
//! unwinds through the guards that clean up.

use std::io::{PipeReader, read_to_string};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use anyhow::{Context as _, Result, bail, ensure};
use rustix::process::{Pid, Signal, kill_process_group};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

/// How many signals have arrived.
static SIGNALS: AtomicUsize = AtomicUsize::new(0);
/// The process groups that run now.
static RUNNING: Mutex<Vec<Pid>> = Mutex::new(Vec::new());

/// Turns signals into the end of the running program and an error of the task.
pub(crate) fn watch_signals() -> Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP]).context("could not watch for signals")?;
    thread::spawn(move || {
        for _signal in signals.forever() {
            let earlier = SIGNALS.fetch_add(1, Ordering::SeqCst);
            let signal = if earlier == 0 { Signal::TERM } else { Signal::KILL };
            for group in lock_running().iter() {
                let _gone = kill_process_group(*group, signal);
            }
        }
    });
    Ok(())
}

/// Fails once somebody has asked the task to stop.
pub(crate) fn ensure_not_interrupted() -> Result<()> {
    ensure!(SIGNALS.load(Ordering::SeqCst) == 0, "interrupted");
    Ok(())
}

/// Runs a program to its end and demands that it succeeds.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = Running::start(command)?.wait()?;
    ensure!(status.success(), "{} ended with {status}", name(command));
    Ok(())
}

/// Runs a program quietly; what it said is part of the error when it fails.
pub(crate) fn run_quietly(command: &mut Command) -> Result<String> {
    let name = name(command);
    let (running, reader) = Running::start_piped(command)?;
    let said = read_to_string(reader).context("could not read what a program said")?;
    let status = running.wait()?;
    if !status.success() {
        bail!("{name} ended with {status} and said:\n{}", said.trim_end());
    }
    Ok(said)
}

/// Whether a program is there, and ends well: for short ones that are asked something.
pub(crate) fn works(command: &mut Command) -> bool {
    command.output().is_ok_and(|output| output.status.success())
}

/// A program that runs, in a group of its own.
pub(crate) struct Running {
    child: Child,
    name: String,
}

impl Running {
    fn start(command: &mut Command) -> Result<Self> {
        let name = name(command);
        let mut running = lock_running();
        ensure_not_interrupted()?;
        let child = command
            .stdin(Stdio::null())
            .process_group(0)
            .spawn()
            .with_context(|| format!("could not run {name}"))?;
        running.push(Pid::from_child(&child));
        Ok(Self { child, name })
    }

    /// Starts a program whose output arrives in a pipe.
    pub(crate) fn start_with_output(command: &mut Command) -> Result<(Self, PipeReader)> {
        let (reader, writer) = std::io::pipe().context("could not open a pipe")?;
        let running = Self::start(command.stdout(writer))?;
        // The command holds the writing end; the reader sees no end of file while it is open here.
        command.stdout(Stdio::null());
        Ok((running, reader))
    }

    /// Starts a program whose two outputs arrive in one pipe, in the order in which it wrote them.
    pub(crate) fn start_piped(command: &mut Command) -> Result<(Self, PipeReader)> {
        let (reader, writer) = std::io::pipe().context("could not open a pipe")?;
        let second = writer.try_clone().context("could not share a pipe")?;
        let running = Self::start(command.stdout(writer).stderr(second))?;
        // The command holds the writing ends; the reader sees no end of file while they are open here.
        command.stdout(Stdio::null()).stderr(Stdio::null());
        Ok((running, reader))
    }

    /// The program's process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Asks the program to end and waits until it has, also after an interruption.
    pub(crate) fn stop(&mut self) {
        let group = Pid::from_child(&self.child);
        let _gone = kill_process_group(group, Signal::TERM);
        let _ended = self.child.wait();
        lock_running().retain(|running| *running != group);
    }

    /// Waits for the program's end.
    pub(crate) fn wait(mut self) -> Result<ExitStatus> {
        let status = self
            .child
            .wait()
            .with_context(|| format!("could not wait for {}", self.name))?;
        let group = Pid::from_child(&self.child);
        lock_running().retain(|running| *running != group);
        ensure_not_interrupted()?;
        Ok(status)
    }
}

fn lock_running() -> MutexGuard<'static, Vec<Pid>> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The program's file name, for messages.
fn name(command: &Command) -> String {
    let program = Path::new(command.get_program());
    program
        .file_name()
        .unwrap_or(program.as_os_str())
        .to_string_lossy()
        .into_owned()
}
