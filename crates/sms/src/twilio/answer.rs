//! What Twilio's answers mean.

use std::time::Duration;

use reqwest::{
    StatusCode,
    header::{HeaderMap, RETRY_AFTER},
};
use ringtrue_core::port::{SmsError, SmsReceipt};
use serde::Deserialize;

/// Twilio's number for too many requests, whatever the status that it comes with.
const TOO_MANY_REQUESTS: u32 = 20_429;
/// Longer waits are taken for this long: the number is a stranger's.
const RETRY_AFTER_MAX: Duration = Duration::from_hours(24);
/// The longest message id that is kept; Twilio's have 34 characters.
const REFERENCE_LEN_MAX: usize = 64;

/// An answer, as far as it was read.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) retry_after: Option<Duration>,
    /// None if it broke off or was too long.
    pub(super) body: Option<Vec<u8>>,
}

#[derive(Deserialize)]
struct Created {
    sid: String,
}

#[derive(Deserialize)]
struct Problem {
    code: u32,
}

impl Answer {
    pub(super) fn outcome(&self) -> Result<SmsReceipt, SmsError> {
        let provider_code = self.provider_code();
        match self.status.as_u16() {
            200..300 => self.receipt(),
            429 => Err(self.throttled()),
            400..500 if provider_code == Some(TOO_MANY_REQUESTS) => Err(self.throttled()),
            // 408: the server gave up reading the request, so it cannot have acted on it.
            // 503: Twilio's word for turning requests away at the door, and what load balancers say with nobody behind them;
            // the message was not looked at.
            408 | 503 => Err(SmsError::Unreachable),
            // A redirect is not followed, and comes in place of acting.
            300..500 => Err(SmsError::Refused { provider_code }),
            // Whatever broke (500), or stopped answering a gateway in between (502, 504), may have done so after the
            // message was taken. So may anything that HTTP does not define.
            _ => Err(SmsError::Unknown),
        }
    }

    /// Twilio's number for what was wrong, if the body names one.
    pub(super) fn provider_code(&self) -> Option<u32> {
        let problem: Problem = serde_json::from_slice(self.body.as_deref()?).ok()?;
        Some(problem.code)
    }

    /// Success without a legible sid leaves open what happened.
    fn receipt(&self) -> Result<SmsReceipt, SmsError> {
        let body = self.body.as_deref().ok_or(SmsError::Unknown)?;
        let Created { sid } = serde_json::from_slice(body).map_err(|_| SmsError::Unknown)?;
        let legible =
            (1..=REFERENCE_LEN_MAX).contains(&sid.len()) && sid.bytes().all(|b| b.is_ascii_graphic());
        if !legible {
            return Err(SmsError::Unknown);
        }
        Ok(SmsReceipt { reference: sid })
    }

    fn throttled(&self) -> SmsError {
        SmsError::Throttled {
            retry_after: self.retry_after,
        }
    }
}

/// `Retry-After` in seconds. Its other form, a date, would need a clock that agrees with the provider's; Twilio does
/// not use it.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds).min(RETRY_AFTER_MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(status: u16, body: Option<&str>) -> Result<SmsReceipt, SmsError> {
        let answer = Answer {
            status: StatusCode::from_u16(status).unwrap(),
            retry_after: None,
            body: body.map(|text| text.as_bytes().to_vec()),
        };
        answer.outcome()
    }

    const fn refused(provider_code: Option<u32>) -> Result<SmsReceipt, SmsError> {
        Err(SmsError::Refused { provider_code })
    }

    #[test]
    fn every_status_has_a_meaning() {
        for status in 100..=999 {
            let meaning = outcome(status, Some(r#"{"code": 7, "sid": "SM1"}"#));
            let expected = match status {
                200..300 => Ok(SmsReceipt {
                    reference: "SM1".to_owned(),
                }),
                408 | 503 => Err(SmsError::Unreachable),
                429 => Err(SmsError::Throttled { retry_after: None }),
                300..500 => refused(Some(7)),
                _ => Err(SmsError::Unknown),
            };
            assert_eq!(meaning, expected, "{status}");
        }
    }

    #[test]
    fn success_counts_only_with_a_legible_sid() {
        let long = format!(r#"{{"sid": "{}"}}"#, "x".repeat(65));
        for body in [
            None,
            Some(""),
            Some("<html>"),
            Some("{}"),
            Some(r#"{"sid": null}"#),
            Some(r#"{"sid": ""}"#),
            Some(r#"{"sid": "S M"}"#),
            Some(r#"{"sid": "S\u0000"}"#),
            Some(long.as_str()),
        ] {
            assert_eq!(outcome(201, body), Err(SmsError::Unknown), "{body:?}");
        }
    }

    #[test]
    fn a_refusal_needs_no_body() {
        for body in [
            None,
            Some("<html>"),
            Some(r#"{"code": "x"}"#),
            Some(r#"{"code": -1}"#),
        ] {
            assert_eq!(outcome(400, body), refused(None), "{body:?}");
        }
        assert_eq!(outcome(400, Some(r#"{"code": 21211}"#)), refused(Some(21_211)));
    }

    #[test]
    fn twilios_own_number_for_too_many_requests_counts_like_the_status() {
        let throttled = Err(SmsError::Throttled { retry_after: None });
        assert_eq!(outcome(403, Some(r#"{"code": 20429}"#)), throttled);
        assert_eq!(outcome(429, None), throttled);
    }

    #[test]
    fn retry_after_is_whole_seconds_and_a_day_at_most() {
        let read = |value: &str| {
            let headers = [(RETRY_AFTER, value.parse().unwrap())].into_iter().collect();
            retry_after(&headers).map(|wait| wait.as_secs())
        };
        assert_eq!(read("30"), Some(30));
        assert_eq!(read(" 0 "), Some(0));
        assert_eq!(read("99999999999"), Some(86_400));
        assert_eq!(read("-1"), None);
        assert_eq!(read("Wed, 21 Oct 2026 07:28:00 GMT"), None);
        assert_eq!(retry_after(&HeaderMap::new()), None);
    }
}
