//! Whom the cases know, and where.

use std::{collections::BTreeMap, sync::Mutex};

use serde_json::{Value, json};

use super::case::Settings;
use crate::support::{ADMIN, Ringtrue, Setup, http::begin_keyed, inbox, lines::Lines};

/// The organisation beside the home one.
pub(crate) const AWAY: &str = "away";

/// Who calls in the name of a service, and what they may.
const SERVICES: [(&str, &[&str]); 8] = [
    ("nobody", &[]),
    ("viewer", &["--role", "IAM_OWNER_VIEWER"]),
    ("manager", &["--role", "IAM_USER_MANAGER"]),
    ("home owner", &["--role", "ORG_OWNER"]),
    ("home manager", &["--role", "ORG_USER_MANAGER"]),
    ("home viewer", &["--role", "ORG_OWNER_VIEWER"]),
    ("away owner", &["--role", "ORG_OWNER", "--org", AWAY]),
    ("away viewer", &["--role", "ORG_OWNER_VIEWER", "--org", AWAY]),
];

/// A server with two organisations, and tokens for everybody in them.
pub(crate) struct World {
    setup: Setup,
    /// It runs until the world ends. How it ends is told by a channel, which threads do not share.
    _server: Mutex<Ringtrue>,
    log: Lines,
    address: String,
    pub(crate) base_url: String,
    /// Those that were asked for, by name.
    tokens: Mutex<BTreeMap<&'static str, String>>,
    pub(crate) home: String,
}

impl World {
    pub(crate) fn new(setup: Setup, settings: &Settings) -> Self {
        let setup = settings
            .iter()
            .fold(setup, |setup, (variable, value)| setup.with(variable, value));
        let server = setup.start();
        let made = setup.run(&["org", "create", "--name", "Away", "--id", AWAY]);
        assert_eq!(made.code, Some(0), "{made:?}");
        Self {
            address: server.address().to_owned(),
            base_url: server.base_url().to_owned(),
            home: home(&server),
            log: server.stderr.clone(),
            _server: Mutex::new(server),
            setup,
            tokens: Mutex::default(),
        }
    }

    /// The token of somebody: of `self`, who is `user`, a new one.
    pub(crate) fn token(&self, name: &str, user: &str) -> String {
        match name {
            "self" => return token(&self.setup, &["token", "create", "--user", user]),
            "admin" => return ADMIN.to_owned(),
            "an unknown token" => return "rt_nobody_made_this_token".to_owned(),
            "no token" => return String::new(),
            _ => {}
        }
        let known = SERVICES.iter().find(|(known, _)| *known == name);
        let (name, role) = known.unwrap_or_else(|| panic!("nobody is called {name}"));
        let mut tokens = self.tokens.lock().unwrap();
        let made = tokens.entry(name).or_insert_with(|| {
            let service = name.replace(' ', "-");
            let arguments = [&["token", "create", "--service", &service], *role].concat();
            token(&self.setup, &arguments)
        });
        made.clone()
    }

    /// The messages to a number, once there are `count`.
    pub(crate) fn messages(&self, number: &str, count: usize) -> Vec<Value> {
        inbox::messages_to(&self.address, number, count)
    }

    /// What the server has said.
    pub(crate) fn log(&self) -> String {
        self.log.all().join("\n")
    }
}

/// The organisation that a user comes into when nobody says which.
fn home(server: &Ringtrue) -> String {
    let request = json!({
        "profile": {"givenName": "Ada", "familyName": "Lovelace"},
        "email": {"email": "first@example.com", "isVerified": true},
    });
    let request = request.to_string();
    // Servers may be configured to require a key.
    let path = "/v2/users/human";
    let made = begin_keyed(server.address(), "POST", path, ADMIN, Some("home"), &request);
    let made = made.finish(&request).ok();
    made["details"]["resourceOwner"]
        .as_str()
        .expect("an organisation")
        .to_owned()
}

fn token(setup: &Setup, arguments: &[&str]) -> String {
    let made = setup.run(arguments);
    let token = made.stdout.split_whitespace().last();
    token.unwrap_or_else(|| panic!("no token: {made:?}")).to_owned()
}
