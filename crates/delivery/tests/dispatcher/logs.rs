//! What the dispatcher tells the log.

use std::{cell::RefCell, io};

use crate::support::{Fault, Told, World};
use ringtrue_core::port::SmsError;
use ringtrue_delivery::DispatcherOptions;

/// What the log was told on this thread. Other tests run on threads of their own and share the subscriber, because a
/// subscriber of one thread misses whatever another thread met first.
fn listen() -> impl Fn() -> String {
    thread_local! {
        static LOG: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    }
    struct Log;
    impl io::Write for Log {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            LOG.with_borrow_mut(|log| log.extend_from_slice(bytes));
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(|| Log)
        .init();
    || LOG.with_borrow(|log| String::from_utf8_lossy(log).into_owned())
}

#[tokio::test(start_paused = true)]
async fn it_tells_of_every_message_and_shows_neither_number_nor_code() {
    let log = listen();
    let world = World::new();
    world.gateway.tell(Told::Fail(SmsError::Unreachable));
    world.queue("ada").await;
    world.queue("bob").await;
    world.outbox.fail(Fault::Unavailable(3));
    let running = world.run(DispatcherOptions::default());
    world.outbox.settled(2).await;
    running.stop().await;
    let text = log();
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
