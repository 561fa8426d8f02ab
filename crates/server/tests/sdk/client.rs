//! A program that makes calls with an SDK: a request on a line, its answer on the next.

use std::{
    collections::BTreeMap,
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use serde::Deserialize;
use serde_json::{Value, json};

use super::case::Service;
use crate::support::{lines::Lines, variable};

/// An SDK and the protocol that it speaks.
#[derive(Clone, Copy)]
pub(crate) struct Sdk {
    /// What the table calls it.
    pub(crate) name: &'static str,
    program: fn() -> Command,
    /// The methods that it does not have.
    pub(crate) lacks: &'static [&'static str],
    /// Why it does not send some requests, in its own words.
    pub(crate) refuses: &'static [&'static str],
}

/// What `@zitadel/client` does not send, by whatever protocol: fields that came after its messages.
const CONNECT_REFUSES: [&str; 2] = [
    "cannot decode message zitadel.org.v2.AddOrganizationRequest from JSON: key \"organizationId\" is unknown",
    "cannot decode message zitadel.user.v2.SearchQuery from JSON: key \"metadataKeyFilter\" is unknown",
];

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
        lacks: &[],
        refuses: &[],
    },
    Sdk {
        name: "npm @zitadel/client (gRPC)",
        program: || node("sdk_client.mjs", "grpc"),
        lacks: &[],
        refuses: &CONNECT_REFUSES,
    },
    Sdk {
        name: "npm @zitadel/client (gRPC-Web)",
        program: || node("sdk_client.mjs", "grpc-web"),
        lacks: &[],
        refuses: &CONNECT_REFUSES,
    },
    Sdk {
        name: "npm @zitadel/client (Connect)",
        program: || node("sdk_client.mjs", "connect"),
        lacks: &[],
        refuses: &CONNECT_REFUSES,
    },
    Sdk {
        name: "npm @zitadel/node (gRPC)",
        program: || node("sdk_node.mjs", "grpc"),
        lacks: &[],
        refuses: &["a request with organizationId"],
    },
    Sdk {
        name: "crate zitadel (gRPC)",
        program: || Command::new(variable("RINGTRUE_TEST_RUST_CLIENT")),
        lacks: &["CreateUser", "UpdateUser"],
        refuses: &["a field that the SDK does not have"],
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
    complaints: Lines,
}

/// A call, and to whom.
pub(crate) struct Call<'a> {
    pub(crate) base_url: &'a str,
    pub(crate) version: Service,
    pub(crate) method: &'a str,
    /// Empty for none.
    pub(crate) token: &'a str,
    pub(crate) headers: &'a BTreeMap<String, String>,
    pub(crate) request: &'a Value,
}

/// The service that has the method.
fn service(version: Service, method: &str) -> String {
    let kind = if method.contains("Organization") {
        "org"
    } else {
        "user"
    };
    format!("{kind}.{}", version.name())
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
    pub(crate) fn start(sdk: Sdk) -> Self {
        let mut child = (sdk.program)()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // Not the tests' own: Node would make it non-blocking, and whoever else writes to it would lose lines.
            .stderr(Stdio::piped())
            .spawn()
            .expect("the client's program runs");
        let requests = child.stdin.take().unwrap();
        let answers = BufReader::new(child.stdout.take().unwrap());
        let complaints = Lines::read(child.stderr.take().unwrap());
        Self {
            child,
            requests,
            answers,
            complaints,
        }
    }

    pub(crate) fn call(&mut self, call: &Call<'_>) -> Answer {
        let call = json!({
            "url": call.base_url,
            "service": service(call.version, call.method),
            "method": call.method,
            "token": call.token,
            "headers": call.headers,
            "request": call.request,
        });
        let answer = self.exchange(&call);
        answer.unwrap_or_else(|problem| {
            panic!(
                "{problem}, the answer to {call}; the client said:\n{}",
                self.last_words()
            )
        })
    }

    fn exchange(&mut self, call: &Value) -> Result<Answer, String> {
        let mut line = String::new();
        writeln!(self.requests, "{call}")
            .and_then(|()| self.requests.flush())
            .and_then(|()| self.answers.read_line(&mut line))
            .map_err(|error| format!("{error} in place of a line"))?;
        serde_json::from_str(&line).map_err(|error| format!("{error} in {line:?}"))
    }

    /// Ends the program, and tells what it complained of.
    fn last_words(&mut self) -> String {
        let _ = self.child.kill();
        // Until its end.
        self.complaints.wait_for(|_| false);
        self.complaints.all().join("\n")
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
