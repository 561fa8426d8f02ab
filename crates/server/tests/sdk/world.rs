//! Whom the cases know, and where.

use std::{collections::BTreeMap, time::Instant};

use serde_json::{Value, json};

use crate::support::{ADMIN, PATIENCE, Ringtrue, Setup, http::call};

/// The organisation beside the home one.
pub(crate) const AWAY: &str = "away";

/// A server with two organisations, and tokens for everybody in them.
pub(crate) struct World {
    setup: Setup,
    address: String,
    pub(crate) base_url: String,
    tokens: BTreeMap<&'static str, String>,
    pub(crate) home: String,
}

impl World {
    pub(crate) fn new(setup: &Setup, server: &Ringtrue) -> Self {
        let made = setup.run(&["org", "create", "--name", "Away", "--id", AWAY]);
        assert_eq!(made.code, Some(0), "{made:?}");
        let service = |name: &str, role: &[&str]| {
            let arguments = [&["token", "create", "--service", name], role].concat();
            token(setup, &arguments)
        };
        let tokens = BTreeMap::from([
            ("admin", ADMIN.to_owned()),
            ("nobody", service("nobody", &[])),
            ("viewer", service("viewer", &["--role", "IAM_OWNER_VIEWER"])),
            ("manager", service("manager", &["--role", "IAM_USER_MANAGER"])),
            ("home owner", service("home-owner", &["--role", "ORG_OWNER"])),
            (
                "home manager",
                service("home-manager", &["--role", "ORG_USER_MANAGER"]),
            ),
            (
                "home viewer",
                service("home-viewer", &["--role", "ORG_OWNER_VIEWER"]),
            ),
            (
                "away owner",
                service("away-owner", &["--role", "ORG_OWNER", "--org", AWAY]),
            ),
            (
                "away viewer",
                service("away-viewer", &["--role", "ORG_OWNER_VIEWER", "--org", AWAY]),
            ),
            ("an unknown token", "rt_nobody_made_this_token".to_owned()),
            ("no token", String::new()),
        ]);
        let home = home(server);
        Self {
            setup: setup.clone(),
            address: server.address().to_owned(),
            base_url: server.base_url().to_owned(),
            tokens,
            home,
        }
    }

    /// The token of somebody: of `self`, who is `user`, a new one.
    pub(crate) fn token(&self, name: &str, user: &str) -> String {
        if name == "self" {
            return token(&self.setup, &["token", "create", "--user", user]);
        }
        let found = self.tokens.get(name);
        found.unwrap_or_else(|| panic!("nobody is called {name}")).clone()
    }

    /// The messages to a number, once there are `count`: they leave after the call has returned.
    pub(crate) fn messages(&self, number: &str, count: usize) -> Vec<Value> {
        let begun = Instant::now();
        loop {
            let inbox = call(&self.address, "GET", "/dev/inbox", ADMIN, &Value::Null).ok();
            let messages = inbox["messages"].as_array().expect("messages");
            let found: Vec<_> = messages
                .iter()
                .filter(|message| message["to"] == number)
                .cloned()
                .collect();
            if found.len() >= count {
                return found;
            }
            assert!(
                begun.elapsed() < PATIENCE,
                "{} of {count} messages arrived",
                found.len()
            );
            std::thread::yield_now();
        }
    }
}

/// The organisation that a user comes into when nobody says which.
fn home(server: &Ringtrue) -> String {
    let request = json!({
        "profile": {"givenName": "Ada", "familyName": "Lovelace"},
        "email": {"email": "first@example.com", "isVerified": true},
    });
    let made = call(server.address(), "POST", "/v2/users/human", ADMIN, &request).ok();
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
