//! What the load generator asks for: a call, in each protocol's bytes.

use bytes::{BufMut as _, Bytes, BytesMut};

/// One call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Job {
    /// `SetPhone`.
    Set {
        /// Whose.
        user: u32,
        /// The last seven digits of the number.
        digits: u32,
        /// Whether the code comes back in the answer rather than as a message.
        returns: bool,
    },
    /// `VerifyPhone`.
    Verify {
        /// Whose.
        user: u32,
        /// The code.
        code: String,
    },
    /// `AddHumanUser`
    Create {
        /// Whom.
        user: u32,
    },
    /// `GetUserByID`
    Get {
        /// Whom.
        user: u32,
    },
    /// `UpdateHumanUser`, with another name.
    Rename {
        /// Whom.
        user: u32,
    },
    /// `LockUser`
    Lock {
        /// Whom.
        user: u32,
    },
    /// `DeleteUser`
    Delete {
        /// Whom.
        user: u32,
    },
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    /// Whether it succeeded.
    pub(crate) is_ok: bool,
    /// The code that was asked for.
    pub(crate) code: Option<String>,
}

impl Job {
    /// Whom it is about.
    pub(crate) fn user(&self) -> u32 {
        match self {
            Self::Set { user, .. }
            | Self::Verify { user, .. }
            | Self::Create { user }
            | Self::Get { user }
            | Self::Rename { user }
            | Self::Lock { user }
            | Self::Delete { user } => *user,
        }
    }

    /// Its verb in REST.
    pub(crate) fn verb(&self) -> &'static str {
        match self {
            Self::Get { .. } => "GET",
            Self::Rename { .. } => "PUT",
            Self::Delete { .. } => "DELETE",
            Self::Set { .. } | Self::Verify { .. } | Self::Create { .. } | Self::Lock { .. } => "POST",
        }
    }

    /// Path and body in REST.
    pub(crate) fn rest(&self) -> (String, String) {
        match self {
            Self::Get { user } | Self::Delete { user } => (format!("/v2/users/u{user:08}"), String::new()),
            Self::Lock { user } => (format!("/v2/users/u{user:08}/lock"), "{}".to_owned()),
            Self::Rename { user } => (
                format!("/v2/users/human/u{user:08}"),
                r#"{"profile":{"givenName":"Augusta","familyName":"King"}}"#.to_owned(),
            ),
            Self::Set {
                user,
                digits,
                returns,
            } => {
                let verification = if *returns { "returnCode" } else { "sendCode" };
                (
                    format!("/v2/users/u{user:08}/phone"),
                    format!(r#"{{"phone":"+4179{digits:07}","{verification}":{{}}}}"#),
                )
            }
            Self::Verify { user, code } => (
                format!("/v2/users/u{user:08}/phone/verify"),
                format!(r#"{{"verificationCode":"{code}"}}"#),
            ),
            Self::Create { user } => (
                "/v2/users/human".to_owned(),
                format!(
                    r#"{{"userId":"u{user:08}","username":"u{user}","profile":{{"givenName":"Ada","familyName":"Lovelace"}},"email":{{"email":"u{user}@example.com","isVerified":true}},"phone":{{"phone":"+4178{:07}","returnCode":{{}}}}}}"#,
                    user % 10_000_000
                ),
            ),
        }
    }

    /// The message of a set in gRPC's framing.
    pub(crate) fn grpc_set(user: u32, digits: u32) -> Bytes {
        let mut message = BytesMut::with_capacity(48);
        put_text(&mut message, 1, &format!("u{user:08}"));
        put_text(&mut message, 2, &format!("+4179{digits:07}"));
        // Field 3, `send_code`: an empty message.
        message.put_slice(&[3 << 3 | 2, 0]);
        let mut framed = BytesMut::with_capacity(message.len() + 5);
        framed.put_u8(0);
        framed.put_u32(u32::try_from(message.len()).unwrap_or(u32::MAX));
        framed.put(message);
        framed.freeze()
    }
}

/// A field of text that is shorter than 128 bytes, as all of ours are.
fn put_text(message: &mut BytesMut, field: u8, text: &str) {
    debug_assert!(text.len() < 128, "a longer length takes more than one byte");
    message.put_u8(field << 3 | 2);
    message.put_u8(u8::try_from(text.len()).unwrap_or(u8::MAX));
    message.put_slice(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_the_same_call_in_both_protocols() {
        let job = Job::Set {
            user: 7,
            digits: 42,
            returns: false,
        };
        let (path, body) = job.rest();
        assert_eq!(path, "/v2/users/u00000007/phone");
        assert_eq!(job.verb(), "POST");
        assert_eq!(body, r#"{"phone":"+41790000042","sendCode":{}}"#);
        let framed = Job::grpc_set(7, 42);
        assert_eq!(
            &framed[..5],
            [0, 0, 0, 0, u8::try_from(framed.len() - 5).unwrap()]
        );
        assert_eq!(&framed[5..], b"\x0a\x09u00000007\x12\x0c+41790000042\x1a\x00");
    }
}
