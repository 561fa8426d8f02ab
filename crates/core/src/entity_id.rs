//! Identifiers: names that clients may choose, and 128 bits that they never see.

use std::fmt;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Builder;

/// The most Unicode code points that a client-chosen id may have (`contract.md` 1.2).
const ID_LEN_MAX: usize = 200;

/// Why a text is no id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an id has 1 to {ID_LEN_MAX} characters and none of them is a control character")]
pub struct IdError;

macro_rules! chosen_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Accepts a stranger's text: 1 to 200 code points, no control characters.
            pub fn parse(text: &str) -> Result<Self, IdError> {
                let len = text.chars().count();
                if len == 0 || len > ID_LEN_MAX || text.chars().any(char::is_control) {
                    return Err(IdError);
                }
                Ok(Self(text.to_owned()))
            }

            /// Takes a text that a store of ours kept; it was parsed when it came in.
            #[must_use]
            pub fn from_stored(text: String) -> Self {
                Self(text)
            }

            /// The id as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

chosen_id! {
    /// Names a user: chosen by the client that creates it, or drawn as 18 or 19 digits.
    UserId
}
chosen_id! {
    /// Names an organisation, which owns users.
    OrgId
}

macro_rules! random_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; 16]);

        impl $name {
            /// Wraps 128 bits that an [`IdSource`](crate::port::IdSource) drew, or that a store kept.
            #[must_use]
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }

            /// The 128 bits.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; 16] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&hex::encode(self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl std::str::FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                let mut bytes = [0; 16];
                hex::decode_to_slice(text, &mut bytes).map_err(|_| IdError)?;
                Ok(Self(bytes))
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

random_id! {
    /// Names one attempt to commit, so that a caller who lost the answer can tell whether it was written.
    CommitId
}
random_id! {
    /// Names one drawn code. It is part of what the code's hash is bound to, and so serves as its salt.
    CodeId
}
random_id! {
    /// Names one message of the outbox: a UUID of version 7 (RFC 9562 §5.7). It begins with the time, so that in an index what is
    /// queued next comes next, however many messages there are.
    MessageId
}
random_id! {
    /// Names one claim on a message, or on the key of a call: the fencing token without which neither is settled or given back.
    LeaseId
}

impl MessageId {
    /// The id of a message that is queued at `at`; 74 of the random bits become part of it.
    #[must_use]
    pub fn new(at: OffsetDateTime, random: [u8; 16]) -> Self {
        let milliseconds = u64::try_from(at.unix_timestamp_nanos() / 1_000_000).unwrap_or_default();
        let [_, _, _, _, _, _, rest @ ..] = random;
        let id = Builder::from_unix_timestamp_millis(milliseconds, &rest).into_uuid();
        Self(id.into_bytes())
    }
}

#[cfg(test)]
mod tests {
    use time::{Duration, macros::datetime};

    use super::*;

    #[test]
    fn a_chosen_id_has_one_to_two_hundred_characters() {
        assert!(UserId::parse("").is_err());
        assert!(UserId::parse("é").is_ok());
        assert!(UserId::parse(&"é".repeat(200)).is_ok());
        assert!(UserId::parse(&"é".repeat(201)).is_err());
        assert!(UserId::parse("line\r\nfeed").is_err());
    }

    #[test]
    fn a_random_id_reads_back_what_it_prints() {
        let id = CodeId::from_bytes([7; 16]);
        assert_eq!(id.to_string().parse(), Ok(id));
        assert!("07".parse::<CodeId>().is_err());
    }

    #[test]
    fn a_message_s_id_is_a_uuid_of_version_7() {
        // The example of RFC 9562, appendix A.6.
        let at = datetime!(2022-02-22 19:22:22 UTC);
        let random = 0xffff_ffff_ffff_fcc3_d8c4_dc0c_0c07_398f_u128.to_be_bytes();
        assert_eq!(
            MessageId::new(at, random).to_string(),
            "017f22e279b07cc398c4dc0c0c07398f"
        );
    }

    #[test]
    fn later_messages_have_greater_ids() {
        let at = datetime!(2026-01-01 00:00 UTC);
        let before = MessageId::new(at, [0xff; 16]);
        assert!(before < MessageId::new(at + Duration::milliseconds(1), [0; 16]));
        assert_eq!(
            MessageId::new(datetime!(1969-12-31 00:00 UTC), [0; 16]).as_bytes()[..6],
            [0; 6]
        );
    }
}
