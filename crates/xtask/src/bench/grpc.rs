//! gRPC on a connection of its own, one call at a time.

use std::net::SocketAddr;

use anyhow::{Context as _, Result, bail};
use bytes::Bytes;
use h2::client::SendRequest;
use tokio::net::TcpStream;

use super::job::{Answer, Job};

/// A connection without TLS.
pub(crate) struct Grpc {
    requests: SendRequest<Bytes>,
    uri: String,
    authorization: String,
}

impl Grpc {
    /// Connects; every call will carry the token.
    pub(crate) async fn connect(address: SocketAddr, token: &str) -> Result<Self> {
        let stream = TcpStream::connect(address).await.context("could not connect")?;
        stream.set_nodelay(true)?;
        let (requests, connection) = h2::client::handshake(stream).await?;
        // Ends with the last request handle; a failure shows in the calls.
        tokio::spawn(async move { drop(connection.await) });
        Ok(Self {
            requests,
            uri: format!("http://{address}/zitadel.user.v2.UserService/SetPhone"),
            authorization: format!("Bearer {token}"),
        })
    }

    /// Makes one call and reads its answer to the trailers.
    pub(crate) async fn call(&mut self, job: &Job) -> Result<Answer> {
        let Job::Set {
            user,
            digits,
            returns: false,
        } = job
        else {
            bail!("only SetPhone with sendCode is measured over gRPC");
        };
        let request = http::Request::post(&self.uri)
            .version(http::Version::HTTP_2)
            .header("content-type", "application/grpc")
            .header("te", "trailers")
            .header("authorization", &self.authorization)
            .body(())?;
        let mut requests = self.requests.clone().ready().await?;
        let (response, mut sending) = requests.send_request(request, false)?;
        sending.send_data(Job::grpc_set(*user, *digits), true)?;
        let (head, mut body) = response.await?.into_parts();
        while let Some(chunk) = body.data().await {
            let len = chunk?.len();
            body.flow_control().release_capacity(len)?;
        }
        // A refusal may come as a head alone.
        let status = match body.trailers().await? {
            Some(trailers) => trailers.get("grpc-status").cloned(),
            None => head.headers.get("grpc-status").cloned(),
        };
        Ok(Answer {
            is_ok: status.is_some_and(|status| status == "0"),
            code: None,
        })
    }
}
