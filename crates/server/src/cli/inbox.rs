use std::{net::SocketAddr, path::Path, time::Duration};

use clap::Args;
use serde::Deserialize;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use super::block_on;
use crate::{
    config::Config,
    console::{note, print, table},
    failure::Failure,
};

/// How long the server may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// More than an inbox that is full.
const ANSWER_SIZE_MAX: u64 = 8 << 20;

/// Show the messages that were captured in place of being sent, codes included
///
/// Asks the running server: at `--url`, else at `server.public_url` if that is an http URL, else at `server.listen`. There is an
/// inbox only with `sms.delivery = "capture"`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ringtrue inbox
  ringtrue inbox --url http://127.0.0.1:9000")]
pub(super) struct Inbox {
    /// Where the server is, such as `http://127.0.0.1:8080`
    #[arg(long, value_name = "URL")]
    url: Option<String>,
}

#[derive(Deserialize)]
struct Answer {
    messages: Vec<Captured>,
}

#[derive(Deserialize)]
struct Captured {
    to: String,
    text: String,
    at: String,
}

impl Inbox {
    pub(super) fn run(self, file: Option<&Path>) -> Result<(), Failure> {
        let base = if let Some(url) = self.url {
            url
        } else {
            let server = Config::load(file)?.server;
            let public = server.public_url.filter(|url| url.starts_with("http://"));
            if public.is_none() && server.tls.is_some() {
                return Err(Failure::Usage(format!(
                    "the server takes encrypted connections alone, and this command makes none: ask https://{}/dev/inbox with curl",
                    reachable(server.listen)
                )));
            }
            public.unwrap_or_else(|| format!("http://{}", reachable(server.listen)))
        };
        let (authority, path) = place(&base)?;
        block_on(async {
            let answer = timeout(PATIENCE, get(&authority, &path)).await;
            let answer =
                answer.map_err(|late| Failure::because(format_args!("{base} does not answer"), &late))?;
            let answer =
                answer.map_err(|error| Failure::because(format_args!("could not ask {base}"), &error))?;
            show(&base, &answer)
        })
    }
}

/// An address to listen on that is no address to connect to becomes one.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let mut address = listen;
    if address.ip().is_unspecified() {
        address.set_ip(match listen {
            SocketAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
            SocketAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
        });
    }
    address
}

/// Host and port to connect to, and the path to ask for.
fn place(base: &str) -> Result<(String, String), Failure> {
    let usage = || Failure::Usage(format!("{base} is not a URL such as http://127.0.0.1:8080"));
    let uri: http::Uri = base.parse().map_err(|_| usage())?;
    let authority = uri.authority().ok_or_else(usage)?;
    if uri.scheme_str() != Some("http") || authority.host().is_empty() {
        return Err(usage());
    }
    let port = authority.port_u16().unwrap_or(80);
    let path = format!("{}/dev/inbox", uri.path().trim_end_matches('/'));
    Ok((format!("{}:{port}", authority.host()), path))
}

/// HTTP 1.0: the answer ends where the connection does.
async fn get(authority: &str, path: &str) -> std::io::Result<Vec<u8>> {
    let mut connection = TcpStream::connect(authority).await?;
    let request = format!("GET {path} HTTP/1.0\r\nHost: {authority}\r\nAccept: application/json\r\n\r\n");
    connection.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    connection.take(ANSWER_SIZE_MAX).read_to_end(&mut answer).await?;
    Ok(answer)
}

fn show(base: &str, answer: &[u8]) -> Result<(), Failure> {
    let strange = || Failure::Failed(format!("{base} answers, but not as Ringtrue does"));
    let answer = std::str::from_utf8(answer).map_err(|_| strange())?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or_else(strange)?;
    match head.split(' ').nth(1) {
        Some("200") => {}
        Some("404") => {
            let text = "there is no inbox there; messages are captured only with sms.delivery = \"capture\"";
            return Err(Failure::Failed(text.to_owned()));
        }
        Some(status) => return Err(Failure::Failed(format!("{base} answers with status {status}"))),
        None => return Err(strange()),
    }
    let answer: Answer = serde_json::from_str(body).map_err(|_| strange())?;
    if answer.messages.is_empty() {
        note("the inbox is empty");
        return Ok(());
    }
    let rows: Vec<_> = answer
        .messages
        .into_iter()
        .map(|message| [message.at, message.to, message.text])
        .collect();
    print(table(["AT", "TO", "TEXT"], &rows));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_means_all_is_asked_on_the_loopback() {
        assert_eq!(
            reachable("0.0.0.0:8080".parse().unwrap()).to_string(),
            "127.0.0.1:8080"
        );
        assert_eq!(reachable("[::]:8080".parse().unwrap()).to_string(), "[::1]:8080");
        assert_eq!(
            reachable("10.0.0.7:8080".parse().unwrap()).to_string(),
            "10.0.0.7:8080"
        );
    }

    #[test]
    fn a_url_becomes_a_place_to_connect_to() {
        assert_eq!(
            place("http://[::1]:9/base/").unwrap(),
            ("[::1]:9".to_owned(), "/base/dev/inbox".to_owned())
        );
        assert_eq!(
            place("http://ringtrue").unwrap(),
            ("ringtrue:80".to_owned(), "/dev/inbox".to_owned())
        );
        assert!(matches!(place("https://ringtrue"), Err(Failure::Usage(_))));
        assert!(matches!(place("ringtrue:80"), Err(Failure::Usage(_))));
    }
}
