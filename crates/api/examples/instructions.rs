//! Sets and verifies phones over a real connection, on one thread and with storage in memory. `cargo xtask instructions`
//! counts the instructions of `measured`, which do not depend on how busy the machine is.

#![expect(clippy::unwrap_used, reason = "a measurement that cannot go on ends")]

#[expect(dead_code, reason = "the tests use more of it")]
#[path = "../tests/api/support/server.rs"]
mod server;

use std::{env, net::SocketAddr};

use mimalloc::MiMalloc;
use server::{CODE, OWNER, Server};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    runtime::{Builder, Runtime},
};

/// The allocator of `ringtrue`.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

const USERS: u32 = 50;
/// Calls before the counting begins: whatever is built once is built by then.
const WARM_UP: u32 = 100;

fn main() {
    let mut args = env::args().skip(1);
    let (what, count) = (args.next().unwrap(), args.next().unwrap().parse::<u32>().unwrap());
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let (mut client, server) = runtime.block_on(async {
        let server = Server::start().await;
        let mut client = Client::connect(server.address).await;
        for user in 0..USERS {
            client.call("/v2/users/human", &creation(user)).await;
        }
        (client, server)
    });
    let set = |nth: u32, verification: &str| {
        (
            format!("/v2/users/user-{:04}/phone", nth % USERS),
            format!(
                r#"{{"phone":"+4179{:07}","{verification}":{{}}}}"#,
                1_000_000 + nth
            ),
        )
    };
    let verify = |nth: u32| {
        (
            format!("/v2/users/user-{:04}/phone/verify", nth % USERS),
            format!(r#"{{"verificationCode":"{CODE}"}}"#),
        )
    };
    let warm_up: Vec<_> = (0..WARM_UP)
        .flat_map(|nth| [set(nth, "returnCode"), verify(nth)])
        .collect();
    run(&runtime, &mut client, &warm_up);
    for round in 0..count.div_ceil(USERS) {
        let calls = (0..USERS).map(|user| WARM_UP + round * USERS + user);
        match what.as_str() {
            "set" => {
                let sets: Vec<_> = calls.map(|nth| set(nth, "sendCode")).collect();
                measured(&runtime, &mut client, &sets);
            }
            "verify" => {
                let sets: Vec<_> = calls.clone().map(|nth| set(nth, "returnCode")).collect();
                run(&runtime, &mut client, &sets);
                measured(&runtime, &mut client, &calls.map(verify).collect::<Vec<_>>());
            }
            other => panic!("there is no {other}"),
        }
    }
    drop(server);
}

/// What is counted: the server's part and the client's, which is next to nothing.
#[inline(never)]
fn measured(runtime: &Runtime, client: &mut Client, calls: &[(String, String)]) {
    run(runtime, client, calls);
}

fn run(runtime: &Runtime, client: &mut Client, calls: &[(String, String)]) {
    runtime.block_on(async {
        for (path, body) in calls {
            client.call(path, body).await;
        }
    });
}

fn creation(user: u32) -> String {
    format!(
        r#"{{"userId":"user-{user:04}","username":"user-{user}","profile":{{"givenName":"Ada","familyName":"Lovelace"}},"email":{{"email":"user-{user}@example.com","isVerified":true}}}}"#
    )
}

/// One connection that is kept alive.
struct Client {
    stream: TcpStream,
    head: String,
    answer: Vec<u8>,
}

impl Client {
    async fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self {
            stream,
            head: format!(
                " HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {OWNER}\r\ncontent-type: application/json\r\ncontent-length: "
            ),
            answer: vec![0; 4_096],
        }
    }

    /// Makes a call that has to succeed. Answers are short: each arrives as one piece.
    async fn call(&mut self, path: &str, body: &str) {
        let request = [
            "POST ",
            path,
            &self.head,
            &body.len().to_string(),
            "\r\n\r\n",
            body,
        ]
        .concat();
        self.stream.write_all(request.as_bytes()).await.unwrap();
        let read = self.stream.read(&mut self.answer).await.unwrap();
        let answer = String::from_utf8_lossy(&self.answer[..read]);
        assert!(
            answer.starts_with("HTTP/1.1 200 ") && answer.ends_with('}'),
            "{answer}"
        );
    }
}
