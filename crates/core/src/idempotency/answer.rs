//! What a call came to, as bytes to be sealed.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use zeroize::Zeroizing;

use crate::{Details, OrgId, Outcome, UserId, code::Code, keys::SealError, user::Refusal};

/// What a call came to: the reply, or the refusal.
pub(crate) type Answer = Result<Outcome, Refusal>;

#[derive(Serialize, Deserialize)]
enum Stored<'a> {
    Done {
        user: Cow<'a, UserId>,
        sequence: u64,
        #[serde(with = "time::serde::rfc3339")]
        changed_at: OffsetDateTime,
        organization: Cow<'a, OrgId>,
        phone_code: Option<Cow<'a, str>>,
        email_code: Option<Cow<'a, str>>,
    },
    Refused(Cow<'a, Refusal>),
}

/// Writes an answer down, codes in clear: for sealing, and nothing else.
pub(super) fn write(answer: &Answer) -> Result<Zeroizing<Vec<u8>>, SealError> {
    let stored = match answer {
        // By name, so that nothing that a reply comes to hold is forgotten here.
        Ok(Outcome {
            user,
            details:
                Details {
                    sequence,
                    changed_at,
                    organization,
                },
            phone_code,
            email_code,
        }) => Stored::Done {
            user: Cow::Borrowed(user),
            sequence: *sequence,
            changed_at: *changed_at,
            organization: Cow::Borrowed(organization),
            phone_code: phone_code.as_ref().map(|code| code.reveal().into()),
            email_code: email_code.as_ref().map(|code| code.reveal().into()),
        },
        Err(refusal) => Stored::Refused(Cow::Borrowed(refusal)),
    };
    serde_json::to_vec(&stored)
        .map(Zeroizing::new)
        .map_err(|_| SealError)
}

/// Reads what [`write`] wrote.
pub(super) fn read(bytes: &[u8]) -> Result<Answer, SealError> {
    let stored: Stored<'_> = serde_json::from_slice(bytes).map_err(|_| SealError)?;
    Ok(match stored {
        Stored::Done {
            user,
            sequence,
            changed_at,
            organization,
            phone_code,
            email_code,
        } => {
            let code = |text: Option<Cow<'_, str>>| text.map(|text| Code::new(&text));
            Ok(Outcome {
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
        Stored::Refused(refusal) => Err(refusal.into_owned()),
    })
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
        let read_back = read(&write(&Ok(outcome.clone())).unwrap()).unwrap().unwrap();
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
            let read_back = read(&write(&Err(refusal.clone())).unwrap()).unwrap();
            assert_eq!(read_back.unwrap_err(), refusal);
        }
    }
}
