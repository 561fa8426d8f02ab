//! A call, and Twilio's rules for it.

use http::{HeaderMap, Method, header};

use super::ledger::Accepted;

/// The longest that Twilio keeps a message: ten hours.
const VALIDITY_PERIOD_MAX: u32 = 36_000;
/// The longest text that Twilio takes.
const BODY_LEN_MAX: usize = 1_600;

/// A call as it came.
pub(super) struct Request {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

/// Why Twilio would not take it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) code: u32,
    pub(super) message: &'static str,
}

const fn refusal(status: u16, code: u32, message: &'static str) -> Refusal {
    Refusal {
        status,
        code,
        message,
    }
}

/// A message that Twilio would take.
#[derive(Debug)]
pub(super) struct Message {
    to: String,
    from: Option<String>,
    messaging_service_sid: Option<String>,
    body: String,
    validity_period: Option<u32>,
}

impl Request {
    /// Checks path, credentials and form, in Twilio's order.
    pub(super) fn check(&self, account_sid: &str, authorization: &str) -> Result<Message, Refusal> {
        let known = self
            .path
            .strip_prefix("/2010-04-01/Accounts/")
            .and_then(|rest| rest.strip_suffix("/Messages.json"));
        let Some(sid) = known else {
            return Err(refusal(404, 20_404, "The requested resource was not found"));
        };
        if self.method != Method::POST {
            return Err(refusal(405, 20_004, "Method not allowed"));
        }
        if self.header(header::AUTHORIZATION) != authorization {
            return Err(refusal(401, 20_003, "Authenticate"));
        }
        if sid != account_sid {
            return Err(refusal(404, 20_404, "The requested resource was not found"));
        }
        if self.header(header::CONTENT_TYPE) != "application/x-www-form-urlencoded" {
            return Err(refusal(415, 20_415, "Unsupported media type"));
        }
        self.message()
    }

    fn message(&self) -> Result<Message, Refusal> {
        let field = |name: &str| {
            form_urlencoded::parse(&self.body)
                .find(|(key, value)| key == name && !value.is_empty())
                .map(|(_, value)| value.into_owned())
        };
        let to = field("To").ok_or(refusal(400, 21_604, "A 'To' phone number is required"))?;
        if !is_e164(&to) {
            return Err(refusal(400, 21_211, "Invalid 'To' phone number"));
        }
        let (from, messaging_service_sid) = (field("From"), field("MessagingServiceSid"));
        if from.is_none() && messaging_service_sid.is_none() {
            return Err(refusal(400, 21_603, "A 'From' phone number is required"));
        }
        if messaging_service_sid
            .as_ref()
            .is_some_and(|sid| !sid.starts_with("MG"))
        {
            return Err(refusal(400, 21_701, "The messaging service does not exist"));
        }
        let body = field("Body").ok_or(refusal(400, 21_602, "Message body is required"))?;
        if body.chars().count() > BODY_LEN_MAX {
            return Err(refusal(400, 21_617, "The message body exceeds the limit"));
        }
        let validity_period = match field("ValidityPeriod") {
            None => None,
            Some(text) => match text.parse() {
                Ok(0) | Err(_) => return Err(refusal(400, 30_012, "TTL is too small")),
                Ok(seconds) if seconds > VALIDITY_PERIOD_MAX => {
                    return Err(refusal(400, 30_013, "TTL is too big"));
                }
                Ok(seconds) => Some(seconds),
            },
        };
        Ok(Message {
            to,
            from,
            messaging_service_sid,
            body,
            validity_period,
        })
    }

    fn header(&self, name: header::HeaderName) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }
}

impl Message {
    pub(super) fn into_accepted(self, sid: String, request: &Request) -> Accepted {
        Accepted {
            sid,
            authorization: request.header(header::AUTHORIZATION).to_owned(),
            form: String::from_utf8_lossy(&request.body).into_owned(),
            to: self.to,
            from: self.from,
            messaging_service_sid: self.messaging_service_sid,
            body: self.body,
            validity_period: self.validity_period,
        }
    }
}

/// `+`, then 7 to 15 digits of which the first is not 0.
fn is_e164(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|digits| {
        (7..=15).contains(&digits.len())
            && !digits.starts_with('0')
            && digits.bytes().all(|b| b.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORM: &str = "To=%2B41791234567&From=%2B15005550006&Body=Hello&ValidityPeriod=600";

    fn request(method: Method, path: &str, authorization: &str, body: &str) -> Request {
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, authorization.parse().unwrap());
        headers.insert(
            header::CONTENT_TYPE,
            "application/x-www-form-urlencoded".parse().unwrap(),
        );
        Request {
            method,
            path: path.to_owned(),
            headers,
            body: body.as_bytes().to_vec(),
        }
    }

    fn code(method: Method, path: &str, authorization: &str, body: &str) -> Option<(u16, u32)> {
        let checked = request(method, path, authorization, body).check("AC1", "Basic right");
        checked.err().map(|refusal| (refusal.status, refusal.code))
    }

    #[test]
    fn it_takes_what_twilio_takes() {
        let path = "/2010-04-01/Accounts/AC1/Messages.json";
        let message = request(Method::POST, path, "Basic right", FORM)
            .check("AC1", "Basic right")
            .unwrap();
        assert_eq!(
            (message.to.as_str(), message.body.as_str()),
            ("+41791234567", "Hello")
        );
        assert_eq!(message.from.as_deref(), Some("+15005550006"));
        assert_eq!(message.validity_period, Some(600));
    }

    #[test]
    fn it_refuses_other_paths_methods_and_credentials() {
        let path = "/2010-04-01/Accounts/AC1/Messages.json";
        let elsewhere = "/2010-04-01/Accounts/AC2/Messages.json";
        assert_eq!(code(Method::POST, "/", "Basic right", FORM), Some((404, 20_404)));
        assert_eq!(code(Method::GET, path, "Basic right", FORM), Some((405, 20_004)));
        assert_eq!(code(Method::POST, path, "Basic wrong", FORM), Some((401, 20_003)));
        assert_eq!(
            code(Method::POST, elsewhere, "Basic right", FORM),
            Some((404, 20_404))
        );
    }

    #[test]
    fn it_refuses_a_form_by_twilios_numbers() {
        let refused = |form: &str| {
            let path = "/2010-04-01/Accounts/AC1/Messages.json";
            code(Method::POST, path, "Basic right", form).map(|(_, code)| code)
        };
        let long = "x".repeat(1_601);
        assert_eq!(refused("From=x&Body=x"), Some(21_604));
        assert_eq!(refused("To=0791234567&From=x&Body=x"), Some(21_211));
        assert_eq!(refused("To=+41791234567&From=x&Body=x"), Some(21_211));
        assert_eq!(refused("To=%2B41791234567&Body=x"), Some(21_603));
        assert_eq!(
            refused("To=%2B41791234567&MessagingServiceSid=x&Body=x"),
            Some(21_701)
        );
        assert_eq!(refused("To=%2B41791234567&From=x"), Some(21_602));
        assert_eq!(
            refused(&format!("To=%2B41791234567&From=x&Body={long}")),
            Some(21_617)
        );
        assert_eq!(refused(&FORM.replace("600", "0")), Some(30_012));
        assert_eq!(refused(&FORM.replace("600", "36001")), Some(30_013));
        assert_eq!(refused(&FORM.replace("600", "36000")), None);
    }
}
