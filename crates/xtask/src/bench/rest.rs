//! As little of HTTP/1.1 as it takes to call one server that answers with a length, over and over.

use std::io::{self, Read as _, Write as _};
use std::net::SocketAddr;

use anyhow::{Context as _, Result, bail, ensure};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::job::{Answer, Job};

/// A connection that is kept alive.
pub(crate) struct Rest {
    stream: TcpStream,
    head: String,
    request: String,
    received: Vec<u8>,
}

impl Rest {
    /// Connects; every call will carry the token.
    pub(crate) async fn connect(address: SocketAddr, token: &str) -> Result<Self> {
        let stream = TcpStream::connect(address).await.context("could not connect")?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            head: format!(
                " HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\nContent-Length: "
            ),
            request: String::new(),
            received: Vec::new(),
        })
    }

    /// Makes one call and reads its answer to the end.
    pub(crate) async fn call(&mut self, job: &Job) -> Result<Answer> {
        self.write(job);
        self.stream.write_all(self.request.as_bytes()).await?;
        self.answer().await
    }

    /// Sends a call from whatever thread this is; [`Self::answer`] comes next.
    pub(crate) fn send(&mut self, job: &Job) -> Result<()> {
        self.write(job);
        let sent = self.stream.try_write(self.request.as_bytes());
        ensure!(
            sent.is_ok_and(|sent| sent == self.request.len()),
            "a connection that waits for nothing took no request"
        );
        Ok(())
    }

    /// Writes the request that makes a call.
    fn write(&mut self, job: &Job) {
        let (path, body) = job.rest();
        self.request.clear();
        self.request.extend([
            job.verb(),
            " ",
            &path,
            &self.head,
            &body.len().to_string(),
            "\r\n\r\n",
            &body,
        ]);
    }

    /// Reads the answer to the call that was sent, to its end.
    pub(crate) async fn answer(&mut self) -> Result<Answer> {
        self.received.clear();
        let head = loop {
            if let Some(head) = Head::parse(&self.received)? {
                break head;
            }
            self.read().await?;
        };
        while self.received.len() < head.end + head.content_length {
            self.read().await?;
        }
        let body = &self.received[head.end..];
        Ok(Answer {
            is_ok: head.status / 100 == 2,
            code: verification_code(body),
        })
    }

    async fn read(&mut self) -> Result<()> {
        let read = self.stream.read_buf(&mut self.received).await?;
        ensure!(read > 0, "the server closed a connection");
        Ok(())
    }
}

/// One call on a connection of its own; gives the status.
pub(crate) fn get(mut stream: std::net::TcpStream, path: &str) -> io::Result<u16> {
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    )?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let head = Head::parse(&answer).map_err(io::Error::other)?;
    Ok(head.map_or(0, |head| head.status))
}

struct Head {
    status: u16,
    content_length: usize,
    /// Where the body begins.
    end: usize,
}

impl Head {
    /// Reads the head once it is there as a whole.
    fn parse(received: &[u8]) -> Result<Option<Self>> {
        let Some(end) = received.windows(4).position(|four| four == b"\r\n\r\n") else {
            return Ok(None);
        };
        let text = std::str::from_utf8(&received[..end]).context("the answer's head is no text")?;
        let mut lines = text.split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok());
        let mut content_length = 0;
        for (name, value) in lines.filter_map(|line| line.split_once(':')) {
            if name.eq_ignore_ascii_case("content-length") {
                content_length = value.trim().parse().context("the answer has no length")?;
            } else if name.eq_ignore_ascii_case("transfer-encoding") {
                bail!("the answer comes in chunks");
            }
        }
        Ok(Some(Self {
            status: status.context("the answer has no status")?,
            content_length,
            end: end + 4,
        }))
    }
}

fn verification_code(body: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(body).ok()?;
    let (_, after) = text.split_once("\"verificationCode\"")?;
    after.split('"').nth(1).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_read_once_it_is_whole() {
        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
        assert!(Head::parse(&answer[..20]).unwrap().is_none());
        let head = Head::parse(answer).unwrap().unwrap();
        assert_eq!((head.status, head.content_length, head.end), (200, 5, 38));
        assert!(Head::parse(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").is_err());
    }

    #[test]
    fn a_returned_code_is_found() {
        assert_eq!(
            verification_code(br#"{"details":{},"verificationCode": "123456"}"#).as_deref(),
            Some("123456")
        );
        assert_eq!(verification_code(b"{}"), None);
    }
}
