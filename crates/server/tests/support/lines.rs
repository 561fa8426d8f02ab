use std::{
    io::{BufRead as _, BufReader, Read},
    sync::{Arc, Condvar, Mutex},
};

use super::PATIENCE;

/// What a process has written so far, line by line.
#[derive(Clone, Default)]
pub(crate) struct Lines(Arc<(Mutex<Written>, Condvar)>);

#[derive(Default)]
struct Written {
    lines: Vec<String>,
    ended: bool,
}

impl Lines {
    /// Reads until the process closes its end.
    pub(crate) fn read(from: impl Read + Send + 'static) -> Self {
        let lines = Self::default();
        let shared = lines.clone();
        std::thread::spawn(move || {
            let (written, changed) = &*shared.0;
            for line in BufReader::new(from).lines().map_while(Result::ok) {
                written.lock().unwrap().lines.push(line);
                changed.notify_all();
            }
            written.lock().unwrap().ended = true;
            changed.notify_all();
        });
        lines
    }

    /// Waits for a line; `None` if the process closes its end, or patience does, before it comes.
    pub(crate) fn wait_for(&self, wanted: impl Fn(&str) -> bool) -> Option<String> {
        let (written, changed) = &*self.0;
        let find = |written: &Written| written.lines.iter().find(|line| wanted(line)).cloned();
        let waiting = changed.wait_timeout_while(written.lock().unwrap(), PATIENCE, |written| {
            find(written).is_none() && !written.ended
        });
        let (written, _) = waiting.unwrap();
        find(&written)
    }

    /// Everything so far.
    pub(crate) fn all(&self) -> Vec<String> {
        self.0.0.lock().unwrap().lines.clone()
    }
}
