//! The frontends over real sockets, on storage in memory.

mod errors;
mod limits;
mod logs;
mod methods;
mod operations;
mod permissions;
mod reference;
mod rules;
mod support;
