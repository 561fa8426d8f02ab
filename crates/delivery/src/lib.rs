//! The outbox worker: claims messages, hands them to the gateway, settles them.
