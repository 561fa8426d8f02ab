//! What the dispatcher tells the log.

use std::{
    io,
    sync::{Arc, Mutex},
};

use crate::support::{Fault, Told, World};
use ringtrue_core::port::SmsError;
use ringtrue_delivery::DispatcherOptions;

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn it_tells_of_every_message_and_shows_neither_number_nor_code() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let world = World::new();
    world.gateway.tell(Told::Fail(SmsError::Unreachable));
    world.queue("ada").await;
    world.queue("bob").await;
    world.outbox.fail(Fault::Unavailable(3));
    let running = world.run(DispatcherOptions::default());
    world.outbox.settled(2).await;
    running.stop().await;
    let text = log.text();
    for told in [
        "handed message to provider",
        "unreachable",
        "+41*******67",
        "user.id=bob",
        "sms.attempt=1",
    ] {
        assert!(text.contains(told), "{told} not in {text}");
    }
    assert_eq!(
        text.matches("could not reach the outbox").count(),
        1,
        "once per streak: {text}"
    );
    assert_eq!(text.matches("can be reached again").count(), 1, "{text}");
    assert!(
        !text.contains("41791234567") && !text.contains("004711"),
        "{text}"
    );
}
