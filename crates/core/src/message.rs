//! What goes to a phone: the text, and its sealed form while it waits in the outbox.

use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};
use zeroize::Zeroizing;

use crate::{
    CodeId, MessageId, Sealed, UserId,
    code::Code,
    keys::{KeyRing, SealError},
    phone_number::PhoneNumber,
};

/// A message as a gateway takes it.
#[derive(Debug, Clone)]
pub struct Sms {
    /// Which message of the outbox this is, so that a gateway can tell a repetition.
    pub id: MessageId,
    /// Where it goes.
    pub to: PhoneNumber,
    /// The code that the text carries, for gateways that put it into a text of their own.
    pub code: Code,
    /// How long from now on the code is accepted; after that the message is worthless.
    pub valid_for: Duration,
}

impl Sms {
    /// The finished text: one GSM-7 segment, the code first so that a lock screen shows it.
    #[must_use]
    pub fn text(&self) -> Zeroizing<String> {
        Zeroizing::new(format!(
            "{} is your verification code. Do not share it.",
            self.code.reveal()
        ))
    }
}

/// A message in the outbox. Number and code are sealed; what is in clear tells nobody anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxMessage {
    /// Its id.
    pub id: MessageId,
    /// Whose phone it goes to.
    pub user: UserId,
    /// The code that it carries.
    pub code: CodeId,
    /// When the code expires: after this the message is not sent any more.
    pub expires_at: OffsetDateTime,
    /// Number and code.
    pub sealed: Sealed,
}

#[derive(Serialize, Deserialize)]
struct Contents<'a> {
    to: std::borrow::Cow<'a, str>,
    code: std::borrow::Cow<'a, str>,
}

impl OutboxMessage {
    /// Seals number and code under the ring's first key, bound to this message and user.
    pub fn seal(
        keys: &KeyRing,
        id: MessageId,
        user: &UserId,
        code_id: CodeId,
        expires_at: OffsetDateTime,
        to: &PhoneNumber,
        code: &Code,
    ) -> Result<Self, SealError> {
        let contents = Contents {
            to: to.as_str().into(),
            code: code.reveal().into(),
        };
        let plain = Zeroizing::new(serde_json::to_vec(&contents).map_err(|_| SealError)?);
        let sealed = keys.seal(&id, user, &plain)?;
        Ok(Self {
            id,
            user: user.clone(),
            code: code_id,
            expires_at,
            sealed,
        })
    }

    /// Opens the message for hand-off at `now`.
    pub fn open(&self, keys: &KeyRing, now: OffsetDateTime) -> Result<Sms, SealError> {
        let plain = keys.open(&self.id, &self.user, &self.sealed)?;
        let contents: Contents<'_> = serde_json::from_slice(&plain).map_err(|_| SealError)?;
        Ok(Sms {
            id: self.id,
            to: PhoneNumber::from_stored(contents.to.into_owned()),
            code: Code::new(&contents.code),
            valid_for: self.expires_at - now,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::Key;

    const NOON: OffsetDateTime = time::macros::datetime!(2026-01-01 12:00 UTC);

    fn sealed(keys: &KeyRing) -> OutboxMessage {
        let number = PhoneNumber::from_stored("+41791234567".to_owned());
        let (id, code_id) = (MessageId::from_bytes([1; 16]), CodeId::from_bytes([2; 16]));
        let user = UserId::parse("ada").unwrap();
        OutboxMessage::seal(
            keys,
            id,
            &user,
            code_id,
            NOON + Duration::minutes(10),
            &number,
            &Code::new("004711"),
        )
        .unwrap()
    }

    #[test]
    fn a_sealed_message_opens_to_the_same_number_and_code() {
        let keys = KeyRing::new(vec![Key::new("k1", [9; 32])]).unwrap();
        let sms = sealed(&keys).open(&keys, NOON + Duration::minutes(4)).unwrap();
        assert_eq!((sms.to.as_str(), sms.code.reveal()), ("+41791234567", "004711"));
        assert_eq!(sms.valid_for, Duration::minutes(6));
        assert!(sms.text().starts_with("004711 "));
    }

    #[test]
    fn a_message_moved_to_another_user_or_row_does_not_open() {
        let keys = KeyRing::new(vec![Key::new("k1", [9; 32])]).unwrap();
        let message = sealed(&keys);
        let other_user = OutboxMessage {
            user: UserId::parse("eve").unwrap(),
            ..message.clone()
        };
        let other_row = OutboxMessage {
            id: MessageId::from_bytes([3; 16]),
            ..message.clone()
        };
        let other_key = KeyRing::new(vec![Key::new("k1", [8; 32])]).unwrap();
        assert!(other_user.open(&keys, NOON).is_err());
        assert!(other_row.open(&keys, NOON).is_err());
        assert!(message.open(&other_key, NOON).is_err());
    }
}
