//! Which thread speaks with whom.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex},
    thread::{self, JoinHandle},
};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use ringtrue_api::{DevInbox, InboxEntry, Workers};
use tokio::{net::TcpStream, runtime::Builder, sync::oneshot};

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

/// Serves from a thread of its own, which the clients' tasks are not on, until the sender goes.
async fn serve_apart(threads: Arc<Threads>) -> (SocketAddr, oneshot::Sender<()>, JoinHandle<()>) {
    let (started, address) = oneshot::channel();
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = thread::Builder::new().name("accepts".to_owned()).spawn(|| {
        let workers = Workers::start(2).unwrap();
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let server = Server::with(Options {
                inbox: Some(threads),
                workers: Some(workers),
                ..Options::default()
            })
            .await;
            started.send(server.address).unwrap();
            let _ = stopped.await;
        });
    });
    (address.await.unwrap(), stop, serving.unwrap())
}

/// A connection that is kept alive.
async fn connect(address: SocketAddr) -> SendRequest<Full<Bytes>> {
    let socket = TcpStream::connect(address).await.unwrap();
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
    let (address, stop, serving) = serve_apart(threads.clone()).await;
    let (mut connections, mut heard) = (Vec::new(), BTreeMap::<String, usize>::new());
    for _connection in 0..5 {
        let mut connection = connect(address).await;
        *heard.entry(ask(&mut connection, &threads).await).or_default() += 1;
        connections.push(connection);
    }
    // To accept is a task as well.
    let shares = [("accepts", 1), ("worker-1", 2), ("worker-2", 2)];
    assert_eq!(heard, shares.map(|(name, share)| (name.to_owned(), share)).into());
    for connection in &mut connections {
        let thread = ask(connection, &threads).await;
        for _again in 0..3 {
            assert_eq!(ask(connection, &threads).await, thread);
        }
    }
    drop(stop);
    serving.join().unwrap();
}
