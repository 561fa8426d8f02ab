//! What a call came to, as bytes to be sealed.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use zeroize::Zeroizing;

use crate::{Details, OrgId, Organization, Outcome, UserId, code::Code, keys::SealError, user::Refusal};

/// What a call came to: the reply, or the refusal.
pub(crate) type Answer<R> = Result<R, Refusal>;

/// A reply that can be kept, to be given again.
pub(crate) trait Reply: Sized {
    /// As it is written down, codes in clear.
    fn stored(&self) -> Stored<'_>;
    /// What was written down, if it was such a reply.
    fn restored(stored: Stored<'_>) -> Option<Self>;
}

/// An answer as it is written down.
#[derive(Serialize, Deserialize)]
pub(crate) enum Stored<'a> {
    Done {
        user: Cow<'a, UserId>,
        sequence: u64,
        #[serde(with = "time::serde::rfc3339")]
        changed_at: OffsetDateTime,
        organization: Cow<'a, OrgId>,
        phone_code: Option<Cow<'a, str>>,
        email_code: Option<Cow<'a, str>>,
    },
    Organization {
        id: Cow<'a, OrgId>,
        name: Cow<'a, str>,
        #[serde(with = "time::serde::rfc3339")]
        created_at: OffsetDateTime,
    },
    Refused(Cow<'a, Refusal>),
}

impl Reply for Outcome {
    fn stored(&self) -> Stored<'_> {
        // By name, so that nothing that a reply comes to hold is forgotten here.
        let Self {
            user,
            details:
                Details {
                    sequence,
                    changed_at,
                    organization,
                },
            phone_code,
            email_code,
        } = self;
        Stored::Done {
            user: Cow::Borrowed(user),
            sequence: *sequence,
            changed_at: *changed_at,
            organization: Cow::Borrowed(organization),
            phone_code: phone_code.as_ref().map(|code| code.reveal().into()),
            email_code: email_code.as_ref().map(|code| code.reveal().into()),
        }
    }

    fn restored(stored: Stored<'_>) -> Option<Self> {
        let Stored::Done {
            user,
            sequence,
            changed_at,
            organization,
            phone_code,
            email_code,
        } = stored
        else {
            return None;
        };
        let code = |text: Option<Cow<'_, str>>| text.map(|text| Code::new(&text));
        Some(Self {
            user: user.into_owned(),
            details: Details {
                sequence,
                changed_at,
                organization: organization.into_owned(),
            },
            phone_code: code(phone_code),
            email_code: code(email_code),
        })
    }
}

impl Reply for Organization {
    fn stored(&self) -> Stored<'_> {
        let Self { id, name, created_at } = self;
        Stored::Organization {
            id: Cow::Borrowed(id),
            name: name.into(),
            created_at: *created_at,
        }
    }

    fn restored(stored: Stored<'_>) -> Option<Self> {
        let Stored::Organization { id, name, created_at } = stored else {
            return None;
        };
        Some(Self {
            id: id.into_owned(),
            name: name.into_owned(),
            created_at,
        })
    }
}

/// Writes an answer down, codes in clear: for sealing, and nothing else.
pub(super) fn write<R: Reply>(answer: &Answer<R>) -> Result<Zeroizing<Vec<u8>>, SealError> {
    let stored = match answer {
        Ok(reply) => reply.stored(),
        Err(refusal) => Stored::Refused(Cow::Borrowed(refusal)),
    };
    serde_json::to_vec(&stored)
        .map(Zeroizing::new)
        .map_err(|_| SealError)
}

/// Reads what [`write`] wrote.
pub(super) fn read<R: Reply>(bytes: &[u8]) -> Result<Answer<R>, SealError> {
    match serde_json::from_slice(bytes).map_err(|_| SealError)? {
        Stored::Refused(refusal) => Ok(Err(refusal.into_owned())),
        done => R::restored(done).map(Ok).ok_or(SealError),
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;
    use crate::{Channel, EmailAddressError, code::Lock, phone_number::PhoneNumberError};

    #[test]
    fn an_answer_reads_as_it_was_written() {
        let outcome = Outcome {
            user: UserId::parse("ada é").unwrap(),
            details: Details {
                sequence: u64::MAX,
                changed_at: datetime!(2026-01-01 12:00:00.000_001 UTC),
                organization: OrgId::parse("org").unwrap(),
            },
            phone_code: Some(Code::new("004711")),
            email_code: None,
        };
        let written = write(&Ok(outcome.clone())).unwrap();
        let read_back: Outcome = read(&written).unwrap().unwrap();
        assert_eq!(
            (&read_back.user, &read_back.details),
            (&outcome.user, &outcome.details)
        );
        assert_eq!(read_back.phone_code.unwrap().reveal(), "004711");
        assert!(read_back.email_code.is_none());
        for refusal in [
            Refusal::CodeInvalid(Channel::Phone),
            Refusal::PhoneUnusable(PhoneNumberError::CountryMissing),
            Refusal::EmailUnusable(EmailAddressError::Malformed),
            Refusal::TooManyFailures(Lock::UntilReset),
        ] {
            let read_back = read::<Outcome>(&write::<Outcome>(&Err(refusal.clone())).unwrap()).unwrap();
            assert_eq!(read_back.unwrap_err(), refusal);
        }
    }

    #[test]
    fn an_organization_reads_as_it_was_written_and_as_nothing_else() {
        let organization = Organization {
            id: OrgId::parse("acme é").unwrap(),
            name: "Acme & Töchter".to_owned(),
            created_at: datetime!(2026-01-01 12:00:00.000_001 UTC),
        };
        let written = write(&Ok(organization.clone())).unwrap();
        assert_eq!(read::<Organization>(&written).unwrap(), Ok(organization));
        assert!(read::<Outcome>(&written).is_err());
    }
}
