use std::fmt;

use reqwest::Url;
use ringtrue_outbound::{Timeouts, base_address};
use secrecy::{ExposeSecret, SecretString};

/// How to reach Twilio, as whom, and from whom messages come. `Debug` does not show the token.
#[derive(Debug, Clone)]
pub struct TwilioConfig {
    /// The account's sid, `AC…`; part of the address and the name of the basic authentication.
    pub account_sid: String,
    /// The password of the basic authentication.
    pub auth_token: SecretString,
    /// From whom messages come.
    pub sender: Sender,
    /// Where the API is; a path is kept as a prefix. [`TwilioConfig::BASE_URL`] is Twilio itself.
    pub base_url: String,
    /// How long a call may take.
    pub timeouts: Timeouts,
}

/// From whom messages come.
#[derive(Clone, PartialEq, Eq)]
pub enum Sender {
    /// A number, short code or alphanumeric name of the account.
    From(String),
    /// A messaging service, `MG…`, which chooses a number.
    MessagingService(String),
}

impl fmt::Debug for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::From(_) => f.write_str("From(..)"),
            Self::MessagingService(sid) => f.debug_tuple("MessagingService").field(sid).finish(),
        }
    }
}

/// A configuration that cannot work.
#[derive(Debug, thiserror::Error)]
pub enum TwilioConfigProblem {
    /// The account's sid cannot stand in an address.
    #[error("account_sid is empty or has characters other than letters, digits, - and _")]
    AccountSid,
    /// No token.
    #[error("auth_token is empty")]
    AuthToken,
    /// No sender.
    #[error("the sender (from or messaging_service_sid) is empty or has control characters")]
    Sender,
    /// An address that is none, or carries what does not belong into it.
    #[error("base_url is not an http or https address without user, query and fragment")]
    BaseUrl,
    /// A timeout that would end every call, or would leave open whether a message was sent.
    #[error("the connect timeout must be longer than zero and shorter than the total timeout")]
    Timeouts,
    /// The HTTP client could not be made; usually the machine has no certificates of authorities.
    #[error("could not prepare an HTTPS client; are the system's CA certificates installed?")]
    Client(#[source] reqwest::Error),
}

impl TwilioConfig {
    /// Twilio itself.
    pub const BASE_URL: &str = "https://api.twilio.com";

    /// Twilio itself, with the default timeouts.
    #[must_use]
    pub fn new(account_sid: impl Into<String>, auth_token: SecretString, sender: Sender) -> Self {
        Self {
            account_sid: account_sid.into(),
            auth_token,
            sender,
            base_url: Self::BASE_URL.to_owned(),
            timeouts: Timeouts::default(),
        }
    }

    /// Everything that is wrong with it, for a report that names all at once.
    #[must_use]
    pub fn problems(&self) -> Vec<TwilioConfigProblem> {
        use TwilioConfigProblem as Problem;
        // Providers that answer Twilio's API name accounts in their own way: the form is not Twilio's to check here.
        let sid_fits = !self.account_sid.is_empty()
            && self
                .account_sid
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        let (Sender::From(sender) | Sender::MessagingService(sender)) = &self.sender;
        let sender_fits = !sender.trim().is_empty() && !sender.chars().any(char::is_control);
        let timeouts_fit = !self.timeouts.connect.is_zero() && self.timeouts.connect < self.timeouts.total;
        [
            (sid_fits, Problem::AccountSid),
            (!self.auth_token.expose_secret().is_empty(), Problem::AuthToken),
            (sender_fits, Problem::Sender),
            (base_address(&self.base_url).is_some(), Problem::BaseUrl),
            (timeouts_fit, Problem::Timeouts),
        ]
        .into_iter()
        .filter_map(|(fits, problem)| (!fits).then_some(problem))
        .collect()
    }

    /// The address that messages are posted to, if nothing is wrong with any of it.
    pub(super) fn check(&self) -> Result<Url, TwilioConfigProblem> {
        if let Some(problem) = self.problems().into_iter().next() {
            return Err(problem);
        }
        let mut url = base_address(&self.base_url).ok_or(TwilioConfigProblem::BaseUrl)?;
        url.path_segments_mut()
            .map_err(|()| TwilioConfigProblem::BaseUrl)?
            .pop_if_empty()
            .extend(["2010-04-01", "Accounts", &self.account_sid, "Messages.json"]);
        Ok(url)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn config() -> TwilioConfig {
        TwilioConfig::new(
            "AC0123",
            SecretString::from("the-token"),
            Sender::From("+15005550006".to_owned()),
        )
    }

    fn posts_to(base_url: &str) -> Option<String> {
        let config = TwilioConfig {
            base_url: base_url.to_owned(),
            ..config()
        };
        config.check().ok().map(String::from)
    }

    #[test]
    fn messages_are_posted_below_the_base_url_with_or_without_a_slash_or_prefix() {
        let path = "2010-04-01/Accounts/AC0123/Messages.json";
        for (base_url, expected) in [
            (TwilioConfig::BASE_URL, "https://api.twilio.com/"),
            ("https://api.twilio.com/", "https://api.twilio.com/"),
            ("http://127.0.0.1:9/a/b", "http://127.0.0.1:9/a/b/"),
            ("http://127.0.0.1:9/a/b/", "http://127.0.0.1:9/a/b/"),
        ] {
            assert_eq!(posts_to(base_url), Some(format!("{expected}{path}")));
        }
    }

    #[test]
    fn an_address_with_anything_beside_scheme_host_port_and_path_is_refused() {
        for base_url in [
            "",
            "api.twilio.com",
            "ftp://api.twilio.com",
            "https://me:pw@api.twilio.com",
            "https://me@api.twilio.com",
            "https://:pw@api.twilio.com",
            "https://api.twilio.com/?a=b",
            "https://api.twilio.com/#a",
            "https://",
        ] {
            assert_eq!(posts_to(base_url), None, "{base_url}");
        }
    }

    #[test]
    fn all_problems_are_told_at_once() {
        let config = TwilioConfig {
            account_sid: "AC/../x".to_owned(),
            auth_token: SecretString::from(""),
            sender: Sender::MessagingService(" ".to_owned()),
            base_url: "nowhere".to_owned(),
            timeouts: Timeouts {
                connect: Duration::from_secs(3),
                total: Duration::from_secs(3),
            },
        };
        let problems = config.problems();
        assert!(matches!(
            problems.as_slice(),
            [
                TwilioConfigProblem::AccountSid,
                TwilioConfigProblem::AuthToken,
                TwilioConfigProblem::Sender,
                TwilioConfigProblem::BaseUrl,
                TwilioConfigProblem::Timeouts,
            ]
        ));
        assert!(config.check().is_err());
    }

    #[test]
    fn debug_output_shows_neither_the_token_nor_the_senders_number() {
        let shown = format!("{:?}", config());
        assert!(
            !shown.contains("the-token") && !shown.contains("5005550006"),
            "{shown}"
        );
    }
}
