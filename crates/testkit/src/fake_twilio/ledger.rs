/// A message that the fake accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// The sid given to it, by which the answer names it.
    pub sid: String,
    /// The `Authorization` header, as it came.
    pub authorization: String,
    /// The whole form, as it came.
    pub form: String,
    /// `To`.
    pub to: String,
    /// `From`, if the sender was given so.
    pub from: Option<String>,
    /// `MessagingServiceSid`, if the sender was given so.
    pub messaging_service_sid: Option<String>,
    /// `Body`.
    pub body: String,
    /// `ValidityPeriod`, in seconds.
    pub validity_period: Option<u32>,
}

impl Accepted {
    /// The code that the text begins with.
    #[must_use]
    pub fn code(&self) -> &str {
        self.body.split(' ').next().unwrap_or_default()
    }
}
