//! The cases, as their files hold them.

use std::{collections::BTreeMap, fs, path::Path};

use serde::Deserialize;
use serde_json::Value;

/// What is called, by whom, and what comes back.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    /// A promise.
    pub(crate) name: String,
    /// Who makes it: a section of the contract and which of its lines, a line of the requirements (`R-I2 …`), or, where
    /// neither says a word, our own documentation (`api.md: …`, word for word).
    pub(crate) contract: String,
    /// What docs/api.md says where it is kept otherwise than the contract has it, word for word.
    #[serde(default)]
    pub(crate) differs: Option<String>,
    /// The versions of the service that make it; both if none is named.
    #[serde(default)]
    pub(crate) services: Vec<Service>,
    /// How the server is configured: variables, and their values. Cases that agree share a server.
    #[serde(default)]
    pub(crate) settings: Settings,
    /// What there is before the first step.
    #[serde(default)]
    pub(crate) given: Given,
    /// The calls.
    pub(crate) steps: Vec<Step>,
}

/// Variables of a server's environment.
pub(crate) type Settings = BTreeMap<String, String>;

impl Case {
    /// Whether a version of the service makes this promise.
    pub(crate) fn concerns(&self, service: Service) -> bool {
        self.services.is_empty() || self.services.contains(&service)
    }
}

/// A version of the service.
#[derive(Deserialize, Debug, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Service {
    V2,
    V2Beta,
}

impl Service {
    pub(crate) const ALL: [Self; 2] = [Self::V2, Self::V2Beta];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::V2 => "v2",
            Self::V2Beta => "v2beta",
        }
    }
}

/// What there is before the first step, made by the client itself.
#[derive(Deserialize, Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Given {
    /// Nothing.
    Nobody,
    /// A user `{user}` in the home organisation; `{sequence}` is theirs.
    #[default]
    User,
    /// A phone `{number}`, too, and its code in `{code}`.
    Phone,
    /// The phone is verified.
    Verified,
}

/// A call, or a look into the inbox.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Step {
    /// The method.
    #[serde(default)]
    pub(crate) call: Option<String>,
    /// Who calls: a name of `world.rs`.
    #[serde(default = "admin")]
    pub(crate) by: String,
    /// What goes with the call: headers, or gRPC's metadata.
    #[serde(default)]
    pub(crate) headers: BTreeMap<String, String>,
    /// The request as protobuf-JSON; `userId` is `{user}` where it says nothing.
    #[serde(default)]
    pub(crate) request: Value,
    /// What the answer holds, at least.
    #[serde(default)]
    pub(crate) ok: Option<Value>,
    /// Or how it is refused: the code, and the id in the details if it has one.
    #[serde(default)]
    pub(crate) error: Option<String>,
    /// How the message of the refusal begins.
    #[serde(default)]
    pub(crate) text: String,
    /// What later steps refer to: a name, and where it is in the answer.
    #[serde(default)]
    pub(crate) keep: BTreeMap<String, String>,
    /// The number that a message goes to, in place of a call.
    #[serde(default)]
    pub(crate) inbox: Option<String>,
    /// How many messages there are for it.
    #[serde(default = "one")]
    pub(crate) count: usize,
}

fn admin() -> String {
    "admin".to_owned()
}

const fn one() -> usize {
    1
}

/// Every case of every file.
pub(crate) fn all() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sdk/cases");
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    files.sort_unstable();
    files
        .iter()
        .flat_map(|file| {
            let cases: Result<Vec<Case>, _> = serde_json::from_slice(&fs::read(file).unwrap());
            cases.unwrap_or_else(|error| panic!("{}: {error}", file.display()))
        })
        .collect()
}
