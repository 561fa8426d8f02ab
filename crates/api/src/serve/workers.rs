//! The threads that speak with clients.

use std::{
    io,
    thread::{self, JoinHandle},
};

use tokio::{
    runtime::{Builder, Handle},
    sync::oneshot,
};

/// Threads that speak with clients beside the one that accepts, each with a runtime of its own.
///
/// A connection stays with one of them for its life, and so do its calls: no other thread takes them over, or frees what they
/// hold.
///
/// What a call has opened, such as a connection to a database, works for as long as its thread does. Threads end when this is
/// dropped, with whatever still runs on them: so it has to outlive the storage, and is not dropped where a runtime runs.
#[derive(Debug)]
pub struct Workers(Vec<Worker>);

#[derive(Debug)]
struct Worker {
    runtime: Handle,
    /// Dropped, it stops the thread.
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Workers {
    /// Starts so many threads. It fails when the system has no more of them, or no more file descriptors.
    pub fn start(count: usize) -> io::Result<Self> {
        (1..=count)
            .map(Worker::start)
            .collect::<io::Result<_>>()
            .map(Self)
    }

    pub(super) fn runtimes(&self) -> Vec<Handle> {
        self.0.iter().map(|worker| worker.runtime.clone()).collect()
    }
}

impl Worker {
    fn start(nth: usize) -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = thread::Builder::new()
            .name(format!("worker-{nth}"))
            .spawn(move || {
                // It is never sent, only dropped.
                let _ = runtime.block_on(stopped);
                // A thread that waits for another process's lock is not waited for.
                runtime.shutdown_background();
            })?;
        Ok(Self {
            runtime: handle,
            stop: Some(stop),
            thread: Some(thread),
        })
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.stop.take();
        if let Some(thread) = self.thread.take() {
            // A panic would have been one of ours outside any task: there is nothing left to tell it to.
            let _ = thread.join();
        }
    }
}
