//! Which thread speaks with whom.

use std::{
    collections::BTreeMap,
    num::NonZeroUsize,
    sync::{Arc, Mutex},
    thread,
};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use ringtrue_api::{DevInbox, InboxEntry, Workers};
use tokio::net::TcpStream;

use crate::support::{
    http::request,
    server::{Options, Server},
};

/// Notes by which thread it is asked for.
#[derive(Default)]
struct Threads(Mutex<Vec<String>>);

impl DevInbox for Threads {
    fn messages(&self) -> Vec<InboxEntry> {
        let name = thread::current().name().unwrap_or_default().to_owned();
        self.0.lock().unwrap().push(name);
        Vec::new()
    }
}

/// A connection that is kept alive.
async fn connect(server: &Server) -> SendRequest<Full<Bytes>> {
    let socket = TcpStream::connect(server.address).await.unwrap();
    let (sender, connection) = handshake(TokioIo::new(socket)).await.unwrap();
    tokio::spawn(connection);
    sender
}

/// Asks over that connection, and tells which thread heard it.
async fn ask(connection: &mut SendRequest<Full<Bytes>>, threads: &Threads) -> String {
    let asking = connection.send_request(request("GET", "/dev/inbox", &[("host", "localhost")], ""));
    let answer = asking.await.unwrap();
    assert_eq!(answer.status(), 200);
    answer.into_body().collect().await.unwrap();
    threads.0.lock().unwrap().pop().unwrap()
}

#[tokio::test]
async fn a_connection_stays_with_one_thread_and_each_thread_has_its_share() {
    let threads = Arc::new(Threads::default());
    let workers = Workers::start(NonZeroUsize::new(3).unwrap()).unwrap();
    let server = Server::with(Options {
        inbox: Some(threads.clone()),
        workers: Some(workers),
        ..Options::default()
    })
    .await;
    let (mut connections, mut heard) = (Vec::new(), BTreeMap::<String, usize>::new());
    for _connection in 0..6 {
        let mut connection = connect(&server).await;
        *heard.entry(ask(&mut connection, &threads).await).or_default() += 1;
        connections.push(connection);
    }
    let share = |nth: usize| (format!("worker-{nth}"), 2);
    assert_eq!(heard, (1..=3).map(share).collect());
    for connection in &mut connections {
        let thread = ask(connection, &threads).await;
        for _again in 0..3 {
            assert_eq!(ask(connection, &threads).await, thread);
        }
    }
}
