//! The generated types, in modules named as their packages.

#![expect(missing_docs, reason = "generated modules and oneofs carry no comments")]
#![expect(clippy::large_enum_variant, reason = "a oneof holds what it holds")]
#![expect(unreachable_pub, reason = "lib.rs re-exports the packages")]
#![expect(clippy::pedantic, reason = "generated")]

include!(concat!(env!("OUT_DIR"), "/wire.rs"));
