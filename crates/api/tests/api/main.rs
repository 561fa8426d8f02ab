//! The frontends over real sockets, on storage in memory.

mod methods;
mod permissions;
mod reference;
mod support;
