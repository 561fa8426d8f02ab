//! A program that makes calls with an SDK: a request on a line, its answer on the next.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use serde::Deserialize;
use serde_json::{Value, json};

use super::case::Service;
use crate::support::variable;

/// An SDK and the protocol that it speaks.
#[derive(Clone, Copy)]
pub(crate) struct Sdk {
    /// What the table calls it.
    pub(crate) name: &'static str,
    program: fn() -> Command,
}

/// All of them.
pub(crate) const SDKS: [Sdk; 6] = [
    Sdk {
        name: "PyPI zitadel-client (Connect)",
        program: || {
            let mut command = Command::new(variable("RINGTRUE_TEST_PYTHON"));
            let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients/python/sdk.py");
            // No byte code beside the sources, and no word about what the SDK's own dependencies deprecate.
            command.args(["-B", "-W", "ignore"]).arg(script);
            command
        },
    },
    Sdk {
        name: "npm @zitadel/client (gRPC)",
        program: || node("sdk_client.mjs", "grpc"),
    },
    Sdk {
        name: "npm @zitadel/client (gRPC-Web)",
        program: || node("sdk_client.mjs", "grpc-web"),
    },
    Sdk {
        name: "npm @zitadel/client (Connect)",
        program: || node("sdk_client.mjs", "connect"),
    },
    Sdk {
        name: "npm @zitadel/node (gRPC)",
        program: || node("sdk_node.mjs", "grpc"),
    },
    Sdk {
        name: "crate zitadel (gRPC)",
        program: || Command::new(variable("RINGTRUE_TEST_RUST_CLIENT")),
    },
];

fn node(script: &str, protocol: &str) -> Command {
    let mut command = Command::new("node");
    // The folder is a link beside the modules, where Node is to look for them.
    command
        .args(["--preserve-symlinks", "--preserve-symlinks-main"])
        .arg(Path::new(&variable("RINGTRUE_TEST_NODE_DIR")).join(script))
        .arg(protocol);
    command
}

/// The program, running.
pub(crate) struct Client {
    child: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
}

/// What came of a call.
#[derive(Deserialize, Debug)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Answer {
    /// The response.
    Ok(Value),
    /// A refusal.
    Error(Refusal),
    /// The SDK has no such method.
    Missing,
    /// The SDK does not send such a request.
    Unsendable(String),
}

/// A refusal, by whatever protocol.
#[derive(Deserialize, Debug)]
pub(crate) struct Refusal {
    /// As Connect spells it: `not_found`.
    pub(crate) code: String,
    pub(crate) message: String,
    /// The id in the details.
    pub(crate) id: Option<String>,
    /// The message in the details.
    pub(crate) detail: Option<String>,
}

impl Client {
    pub(crate) fn start(sdk: Sdk, base_url: &str) -> Self {
        let mut child = (sdk.program)()
            .env("BASE_URL", base_url)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the client's program runs");
        let requests = child.stdin.take().unwrap();
        let answers = BufReader::new(child.stdout.take().unwrap());
        Self {
            child,
            requests,
            answers,
        }
    }

    pub(crate) fn call(&mut self, service: Service, method: &str, token: &str, request: &Value) -> Answer {
        let call = json!({"service": service.name(), "method": method, "token": token, "request": request});
        writeln!(self.requests, "{call}").unwrap();
        self.requests.flush().unwrap();
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        serde_json::from_str(&line)
            .unwrap_or_else(|error| panic!("{error} in {line:?}, the answer to {call}"))
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
