//! What is logged.

use std::{
    cell::RefCell,
    io,
    sync::{Arc, Mutex, Once},
};

use tracing_subscriber::{Layer as _, filter::dynamic_filter_fn, fmt::MakeWriter, layer::SubscriberExt as _};

thread_local! {
    /// Where this thread's log goes. One subscriber serves all tests: of several, one that a test sets for itself misses
    /// what another test's thread, without any, was the first to come by.
    static CURRENT: RefCell<Option<Log>> = const { RefCell::new(None) };
}

/// Keeps what is logged.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<u8>>>);

/// While it lives, its thread's log is kept.
pub(crate) struct Listening;

impl Drop for Listening {
    fn drop(&mut self) {
        CURRENT.set(None);
    }
}

impl Log {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    /// Forgets what was logged so far.
    pub(crate) fn clear(&self) {
        self.0.lock().unwrap().clear();
    }

    /// Keeps everything that this thread logs, down to traces, until the guard goes.
    pub(crate) fn listen(&self) -> Listening {
        static SUBSCRIBED: Once = Once::new();
        SUBSCRIBED.call_once(|| {
            let listened_to = dynamic_filter_fn(|_, _| CURRENT.with_borrow(Option::is_some));
            let layer = tracing_subscriber::fmt::layer()
                .with_writer(Current)
                .with_ansi(false)
                // The microseconds of some line would sooner or later be a code.
                .without_time()
                .with_filter(listened_to);
            // As the server does it: without what libraries write to the crate `log`.
            tracing::subscriber::set_global_default(tracing_subscriber::registry().with(layer)).unwrap();
        });
        CURRENT.set(Some(self.clone()));
        Listening
    }
}

struct Current;

impl<'a> MakeWriter<'a> for Current {
    type Writer = Log;

    fn make_writer(&'a self) -> Log {
        CURRENT.with_borrow(Clone::clone).unwrap_or_default()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
