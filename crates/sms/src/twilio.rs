//! Twilio's Messages API.

mod answer;
mod config;

use async_trait::async_trait;
use reqwest::{Client, RequestBuilder, Url, header};
use ringtrue_core::{
    message::Sms,
    port::{SmsError, SmsGateway, SmsReceipt},
};
use ringtrue_outbound as outbound;
use secrecy::{ExposeSecret, SecretString};
use tracing::{error, instrument, warn};

use answer::Answer;
pub use config::{Sender, TwilioConfig, TwilioConfigProblem};

/// How much of an answer is read. Twilio's are below two kilobytes.
const ANSWER_LEN_MAX: usize = 64 * 1024;
/// What Twilio takes for `ValidityPeriod`, in seconds.
const VALIDITY_PERIOD: std::ops::RangeInclusive<i64> = 1..=36_000;

/// Hands messages to Twilio, or to whoever answers its Messages API at `base_url`.
///
/// It follows no redirect, and no proxy from the environment.
#[derive(Debug)]
pub struct TwilioGateway {
    client: Client,
    messages: Url,
    account_sid: String,
    auth_token: SecretString,
    sender: Sender,
}

impl TwilioGateway {
    /// Checks the configuration and prepares a client; nothing is sent yet.
    ///
    /// Of several problems it names the first: [`TwilioConfig::problems`] tells them all.
    pub fn new(config: TwilioConfig) -> Result<Self, TwilioConfigProblem> {
        let messages = config.check()?;
        if outbound::is_in_clear(&messages) {
            warn!(
                sms.host = messages.host_str(),
                "the SMS provider's base_url is not encrypted: codes and the auth token travel in clear"
            );
        }
        Ok(Self {
            client: outbound::client(&messages, config.timeouts).map_err(TwilioConfigProblem::Client)?,
            messages,
            account_sid: config.account_sid,
            auth_token: config.auth_token,
            sender: config.sender,
        })
    }

    fn request(&self, sms: &Sms) -> RequestBuilder {
        let text = sms.text();
        let (sender_field, sender) = match &self.sender {
            Sender::From(number) => ("From", number),
            Sender::MessagingService(sid) => ("MessagingServiceSid", sid),
        };
        let validity_period = sms
            .valid_for
            .whole_seconds()
            .clamp(*VALIDITY_PERIOD.start(), *VALIDITY_PERIOD.end())
            .to_string();
        self.client
            .post(self.messages.clone())
            .basic_auth(&self.account_sid, Some(self.auth_token.expose_secret()))
            .header(header::ACCEPT, "application/json")
            .form(&[
                ("To", sms.to.as_str()),
                (sender_field, sender),
                ("Body", &text),
                ("ValidityPeriod", &validity_period),
            ])
    }
}

#[async_trait]
impl SmsGateway for TwilioGateway {
    #[instrument(name = "sms.twilio.send", skip_all, fields(message.id = %sms.id, sms.to = sms.to.masked()))]
    async fn send(&self, sms: &Sms) -> Result<SmsReceipt, SmsError> {
        let response = self.request(sms).send().await.map_err(lost)?;
        let answer = Answer {
            status: response.status(),
            retry_after: answer::retry_after(response.headers()),
            body: outbound::read(response, ANSWER_LEN_MAX).await,
        };
        let outcome = answer.outcome();
        if let Err(error) = &outcome {
            report(&answer, error);
        }
        outcome
    }
}

/// What it means that no answer came.
///
/// Until the connection stands, nothing has been sent. After that the provider may have read and taken the message,
/// whatever became of the answer.
fn lost(cause: reqwest::Error) -> SmsError {
    let outcome = if cause.is_connect() {
        SmsError::Unreachable
    } else {
        SmsError::Unknown
    };
    // The address is left out: it holds the account's sid.
    warn!(error = outbound::chain(cause), "{outcome}");
    outcome
}

/// Logs numbers only: the provider's texts repeat the telephone number and the message.
fn report(answer: &Answer, outcome: &SmsError) {
    let (status, code) = (answer.status.as_u16(), answer.provider_code());
    if matches!(status, 401 | 403) {
        error!(
            sms.provider_status = status,
            sms.provider_code = code,
            "the SMS provider refuses the credentials: check account_sid and auth_token"
        );
    } else if matches!(status, 300..400 | 404) {
        error!(
            sms.provider_status = status,
            sms.provider_code = code,
            "the SMS provider does not serve messages there: check base_url and account_sid"
        );
    } else {
        warn!(
            sms.provider_status = status,
            sms.provider_code = code,
            "{outcome}"
        );
    }
}
