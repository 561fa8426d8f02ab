use serde_json::{Value, json};

use crate::support::{
    ADMIN, Ringtrue,
    http::{Reply, call},
};

/// A user with this id, and what their application does.
pub(crate) struct User<'a> {
    pub(crate) server: &'a Ringtrue,
    pub(crate) id: &'a str,
}

impl<'a> User<'a> {
    /// Creates a user by the bootstrap token.
    pub(crate) fn create(server: &'a Ringtrue, id: &'a str) -> Self {
        let request = json!({
            "userId": id,
            "profile": {"givenName": "Ada", "familyName": "Lovelace"},
            "email": {"email": format!("{id}@example.com"), "isVerified": true},
        });
        call(server.address(), "POST", "/v2/users/human", ADMIN, &request).ok();
        Self { server, id }
    }

    /// The same user, asked of another server.
    pub(crate) fn at<'b>(&'b self, server: &'b Ringtrue) -> User<'b> {
        User { server, id: self.id }
    }

    pub(crate) fn set_phone(&self, request: &Value) -> Reply {
        self.post("phone", request)
    }

    pub(crate) fn verify(&self, code: &str) -> Reply {
        self.post("phone/verify", &json!({"verificationCode": code}))
    }

    pub(crate) fn is_verified(&self) -> bool {
        let path = format!("/v2/users/{}", self.id);
        let found = call(self.server.address(), "GET", &path, ADMIN, &Value::Null).ok();
        found["user"]["human"]["phone"]["isVerified"] == json!(true)
    }

    fn post(&self, path: &str, request: &Value) -> Reply {
        let path = format!("/v2/users/{}/{path}", self.id);
        call(self.server.address(), "POST", &path, ADMIN, request)
    }
}

/// A code that is not this one.
pub(crate) fn other_than(code: &str) -> String {
    let number: u32 = code.parse().unwrap();
    format!("{:06}", (number + 1) % 1_000_000)
}
