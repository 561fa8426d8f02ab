use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use ringtrue_core::{
    code::Code,
    message::Sms,
    phone_number::PhoneNumber,
    port::{Clock, SmsError, SmsGateway, SmsReceipt},
};
use time::OffsetDateTime;

/// How many messages an inbox keeps; the oldest go first.
const KEPT_MAX: usize = 1_000;

/// A message that reached the inbox in place of a phone.
#[derive(Debug, Clone)]
pub struct CapturedMessage {
    /// Where it would have gone.
    pub to: PhoneNumber,
    /// The code that it carries.
    pub code: Code,
    /// The whole text.
    pub text: String,
    /// When it came.
    pub at: OffsetDateTime,
}

/// The gateway that sends nothing: it keeps messages for whoever develops or tests. Cloning shares the contents.
#[derive(Clone)]
pub struct Inbox {
    messages: Arc<Mutex<VecDeque<CapturedMessage>>>,
    clock: Arc<dyn Clock>,
}

impl Inbox {
    /// An empty inbox.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            messages: Arc::default(),
            clock,
        }
    }

    /// What has come, oldest first.
    #[must_use]
    pub fn messages(&self) -> Vec<CapturedMessage> {
        self.messages
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
            .cloned()
            .collect()
    }
}

#[async_trait]
impl SmsGateway for Inbox {
    async fn send(&self, sms: &Sms) -> Result<SmsReceipt, SmsError> {
        let (to, code, text) = (sms.to.clone(), sms.code.clone(), sms.text().to_string());
        let mut messages = self.messages.lock().unwrap_or_else(PoisonError::into_inner);
        if messages.len() == KEPT_MAX {
            messages.pop_front();
        }
        messages.push_back(CapturedMessage {
            to,
            code,
            text,
            at: self.clock.now(),
        });
        Ok(SmsReceipt {
            reference: format!("inbox-{}", sms.id),
        })
    }
}
