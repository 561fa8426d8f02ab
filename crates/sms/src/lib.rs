//! SmsGateway adapters: Twilio Messages.
