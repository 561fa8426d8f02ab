use ringtrue_api::{DevInbox, InboxEntry};
use ringtrue_memory::Inbox;

/// Shows the captured messages to the API.
pub(super) struct CapturedInbox(pub(super) Inbox);

impl DevInbox for CapturedInbox {
    fn messages(&self) -> Vec<InboxEntry> {
        let entry = |message: ringtrue_memory::CapturedMessage| InboxEntry {
            to: message.to.as_str().to_owned(),
            text: message.text,
            code: message.code.reveal().to_owned(),
            at: message.at,
        };
        self.0.messages().into_iter().map(entry).collect()
    }
}
