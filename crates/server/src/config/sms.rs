//! `[sms]`: whether messages are sent, and by whom.

use std::{path::PathBuf, time::Duration};

use ringtrue_sms::{Sender, Timeouts, TwilioConfig, TwilioConfigProblem};
use secrecy::SecretString;
use serde::Deserialize;

use super::{
    duration,
    problem::{Problems, choice},
    secret::SecretOrFile,
};

const LEASE_MIN: Duration = Duration::from_secs(2);
const LEASE_MAX: Duration = Duration::from_mins(10);
const CLAIM_INTERVAL_MIN: Duration = Duration::from_millis(1);
const CLAIM_INTERVAL_MAX: Duration = Duration::from_secs(1);
const RETENTION_MIN: Duration = Duration::from_hours(1);
const RETENTION_MAX: Duration = Duration::from_hours(3_650 * 24);

/// The section as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawSms {
    delivery: Option<String>,
    lease: String,
    concurrency: u64,
    claim_interval: String,
    retention: String,
    #[serde(default)]
    providers: Vec<RawProvider>,
}

/// One provider as written.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawProvider {
    id: Option<String>,
    kind: Option<String>,
    account_sid: Option<String>,
    auth_token: Option<SecretString>,
    auth_token_file: Option<PathBuf>,
    from: Option<String>,
    messaging_service_sid: Option<String>,
    base_url: Option<String>,
}

/// The section, checked.
#[derive(Debug, Clone)]
pub(crate) struct SmsConfig {
    /// Where messages go.
    pub(crate) delivery: Delivery,
    /// How long a message belongs to the process that hands it off.
    pub(crate) lease: Duration,
    /// How many messages are handed to a provider at once.
    pub(crate) concurrency: usize,
    /// The least time between two visits to the outbox.
    pub(crate) claim_interval: Duration,
    /// How long settled messages are kept.
    pub(crate) retention: Duration,
}

/// Where messages go.
#[derive(Debug, Clone)]
pub(crate) enum Delivery {
    /// To a provider.
    Send(Provider),
    /// To the inbox.
    Capture {
        /// Whether the configuration says so, in place of nothing.
        explicit: bool,
    },
}

/// A provider.
#[derive(Debug, Clone)]
pub(crate) struct Provider {
    /// Its name, for logs.
    pub(crate) id: String,
    /// The account, and how to reach it.
    pub(crate) twilio: TwilioConfig,
}

impl SmsConfig {
    /// How long a hand-off may take: longer than the provider's own timeout, shorter than the lease.
    pub(crate) fn send_timeout(&self) -> Duration {
        timeouts(self.lease).total + (self.lease / 4).min(Duration::from_secs(2))
    }
}

/// How long a provider may take, so that a lease outlives every call to it.
fn timeouts(lease: Duration) -> Timeouts {
    let most = Timeouts::default();
    let total = most.total.min(lease / 2);
    Timeouts {
        connect: most.connect.min(total / 2),
        total,
    }
}

#[derive(Clone, Copy)]
enum Mode {
    Send,
    Capture,
}

impl TryFrom<RawSms> for SmsConfig {
    type Error = Problems;

    fn try_from(raw: RawSms) -> Result<Self, Problems> {
        let mut problems = Problems::default();
        let lease = duration::parse_between(&raw.lease, LEASE_MIN, LEASE_MAX);
        let lease = problems.check("sms.lease", lease);
        let concurrency = usize::try_from(raw.concurrency)
            .ok()
            .filter(|count| (1..=1_000).contains(count));
        let concurrency = problems.check("sms.concurrency", concurrency.ok_or("is 1 to 1000"));
        let interval = duration::parse_between(&raw.claim_interval, CLAIM_INTERVAL_MIN, CLAIM_INTERVAL_MAX);
        let interval = problems.check("sms.claim_interval", interval);
        let retention = duration::parse_between(&raw.retention, RETENTION_MIN, RETENTION_MAX);
        let retention = problems.check("sms.retention", retention);
        let timeouts = timeouts(lease.unwrap_or(LEASE_MAX));
        let mode = raw.delivery.map(|name| {
            let modes = [("send", Mode::Send), ("capture", Mode::Capture)];
            problems.check("sms.delivery", choice(&name, &modes))
        });
        let count = raw.providers.len();
        let providers: Vec<Option<Provider>> = raw
            .providers
            .into_iter()
            .enumerate()
            .map(|(at, raw)| provider(&format!("sms.providers[{at}]"), raw, timeouts, &mut problems))
            .collect();
        let delivery = match mode {
            None if count == 0 => Some(Delivery::Capture { explicit: false }),
            None => {
                problems.add(
                    "sms.delivery",
                    "is missing, though there are providers; say \"send\" or \"capture\"",
                );
                None
            }
            Some(None) => None,
            Some(Some(Mode::Capture)) => Some(Delivery::Capture { explicit: true }),
            Some(Some(Mode::Send)) if count == 0 => {
                problems.add(
                    "sms.delivery",
                    "is \"send\", and there is no [[sms.providers]] to send with",
                );
                None
            }
            Some(Some(Mode::Send)) if count > 1 => {
                problems.add("sms.providers", "lists several, and \"send\" takes exactly one");
                None
            }
            Some(Some(Mode::Send)) => providers.into_iter().flatten().next().map(Delivery::Send),
        };
        match (delivery, lease, concurrency, interval, retention) {
            (Some(delivery), Some(lease), Some(concurrency), Some(claim_interval), Some(retention))
                if problems.is_empty() =>
            {
                Ok(Self {
                    delivery,
                    lease,
                    concurrency,
                    claim_interval,
                    retention,
                })
            }
            _ => Err(problems),
        }
    }
}

fn provider(path: &str, raw: RawProvider, timeouts: Timeouts, problems: &mut Problems) -> Option<Provider> {
    let mut text = |name: &str, value: Option<String>| {
        let value = value.filter(|value| !value.trim().is_empty()).ok_or("is missing");
        problems.check(&format!("{path}.{name}"), value)
    };
    let id = text("id", raw.id);
    let kind = text("kind", raw.kind);
    let account_sid = text("account_sid", raw.account_sid);
    if let Some(kind) = kind {
        problems.check(&format!("{path}.kind"), choice(&kind, &[("twilio", ())]));
    }
    let token_path = format!("{path}.auth_token");
    if raw.auth_token.is_none() && raw.auth_token_file.is_none() {
        problems.add(&*token_path, "is missing");
    }
    let auth_token = SecretOrFile {
        value: raw.auth_token,
        file: raw.auth_token_file,
    };
    let auth_token = auth_token.resolve(&token_path, problems);
    let sender = match (raw.from, raw.messaging_service_sid) {
        (Some(from), None) => Some(Sender::From(from)),
        (None, Some(sid)) => Some(Sender::MessagingService(sid)),
        (Some(_), Some(_)) => {
            problems.add(
                format!("{path}.from"),
                "stands beside messaging_service_sid; keep one of them",
            );
            None
        }
        (None, None) => {
            problems.add(
                format!("{path}.from"),
                "is missing; set from or messaging_service_sid",
            );
            None
        }
    };
    let mut twilio = TwilioConfig {
        timeouts,
        ..TwilioConfig::new(account_sid?, auth_token?, sender?)
    };
    if let Some(url) = raw.base_url {
        twilio.base_url = url;
    }
    for problem in twilio.problems() {
        problems.add(format!("{path}.{}", key_of(&problem)), problem);
    }
    Some(Provider { id: id?, twilio })
}

/// The key that a problem is with.
fn key_of(problem: &TwilioConfigProblem) -> &'static str {
    match problem {
        TwilioConfigProblem::AccountSid => "account_sid",
        TwilioConfigProblem::AuthToken => "auth_token",
        TwilioConfigProblem::Sender => "from",
        TwilioConfigProblem::BaseUrl | TwilioConfigProblem::Timeouts | TwilioConfigProblem::Client(_) => {
            "base_url"
        }
    }
}
