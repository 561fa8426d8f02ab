//! The frontends over real sockets, on storage in memory.

mod methods;
mod support;
