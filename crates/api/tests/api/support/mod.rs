//! A server on a real socket, and clients that frame by hand.

pub(crate) mod golden;
pub(crate) mod http;
pub(crate) mod log;
pub(crate) mod protocol;
pub(crate) mod server;
pub(crate) mod stores;
