//! Ringtrue's frontends: REST, gRPC, gRPC-Web and Connect on one port.
//!
//! A method of the API is implemented once, as a [`method`] of its own; a call runs through one pipeline, *decode →
//! authenticate → validate → call*, whatever protocol it came by. The protocols only frame: they find the method,
//! read the body, and write the answer or the [`error`] in their own shape.
//!
//! [`Frontends`] stand on an [`App`], and [`serve`] puts them on a socket.

mod app;
mod authenticate;
mod compression;
mod connect;
mod cors;
mod deadline;
mod docs;
mod error;
mod frontends;
mod grpc;
mod idempotency;
mod method;
mod openapi;
mod operations;
mod pipeline;
mod rest;
mod serve;
mod surface;
mod trace;
mod validate;

pub use app::{App, DevInbox, Draining, InboxEntry, Limits};
pub use cors::{Cors, Origins};
pub use error::errors_reference;
pub use frontends::Frontends;
pub use openapi::openapi;
pub use serve::{ForwardedHeader, Listener, Tls, TlsError, TrustedProxies, Workers, serve};
