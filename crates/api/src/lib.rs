//! Ringtrue's frontends: REST, gRPC, gRPC-Web and Connect on one port.
