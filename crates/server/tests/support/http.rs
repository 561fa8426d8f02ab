use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
};

use serde_json::Value;

use super::PATIENCE;

/// What a server answered.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    /// `null` if the body is no JSON.
    pub(crate) json: Value,
}

impl Reply {
    /// The body of a call that succeeded.
    #[track_caller]
    pub(crate) fn ok(self) -> Value {
        assert_eq!(self.status, 200, "{}", self.json);
        self.json
    }
}

/// A request whose body is not complete yet, on a connection of its own.
pub(crate) struct Unfinished(TcpStream);

/// Sends the head of a request, with an `Idempotency-Key` if there is one, and a body but for its last byte.
pub(crate) fn begin_keyed(
    address: &str,
    method: &str,
    path: &str,
    token: &str,
    key: Option<&str>,
    body: &str,
) -> Unfinished {
    let key = key
        .map(|key| format!("Idempotency-Key: {key}\r\n"))
        .unwrap_or_default();
    let mut connection = send_head(address, method, path, token, &key, body.len());
    connection.send_start(body);
    connection
}

/// The same without a key, once the server has the call in its hands and waits for the body.
pub(crate) fn begin_taken(address: &str, method: &str, path: &str, token: &str, body: &str) -> Unfinished {
    let expect = "Expect: 100-continue\r\n";
    let mut connection = send_head(address, method, path, token, expect, body.len());
    let mut interim = Vec::new();
    while !interim.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        connection.0.read_exact(&mut byte).unwrap();
        interim.extend(byte);
    }
    assert!(
        interim.starts_with(b"HTTP/1.1 100 "),
        "{}",
        String::from_utf8_lossy(&interim)
    );
    connection.send_start(body);
    connection
}

fn send_head(
    address: &str,
    method: &str,
    path: &str,
    token: &str,
    headers: &str,
    body_len: usize,
) -> Unfinished {
    let mut connection = TcpStream::connect(address).unwrap();
    connection.set_read_timeout(Some(PATIENCE)).unwrap();
    let authorization = if token.is_empty() {
        String::new()
    } else {
        format!("Authorization: Bearer {token}\r\n")
    };
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\n{authorization}{headers}Connection: close\r\n\
         Content-Type: application/json\r\nContent-Length: {body_len}\r\n\r\n"
    );
    connection.write_all(head.as_bytes()).unwrap();
    Unfinished(connection)
}

impl Unfinished {
    /// Sends all but the last byte.
    fn send_start(&mut self, body: &str) {
        let all_but_one = body.len().saturating_sub(1);
        self.0.write_all(&body.as_bytes()[..all_but_one]).unwrap();
    }

    /// Sends the last byte and does not wait for an answer.
    pub(crate) fn send(&mut self, body: &str) {
        let last = body.len().saturating_sub(1);
        self.0.write_all(&body.as_bytes()[last..]).unwrap();
    }

    /// Sends the last byte and reads the answer.
    pub(crate) fn finish(mut self, body: &str) -> Reply {
        self.send(body);
        let mut answer = String::new();
        self.0.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").expect("an HTTP answer");
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
        Reply {
            status: status.expect("a status"),
            json: serde_json::from_str(body).unwrap_or_default(),
        }
    }
}

/// One call, whole.
pub(crate) fn call(address: &str, method: &str, path: &str, token: &str, body: &Value) -> Reply {
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    begin_keyed(address, method, path, token, None, &body).finish(&body)
}
