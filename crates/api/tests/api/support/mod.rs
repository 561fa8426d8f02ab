//! A server on a real socket, and clients that frame by hand.

pub mod http;
pub mod protocol;
pub mod server;
