//! What the messages and services are made of, at run time.

use std::sync::LazyLock;

use prost_reflect::DescriptorPool;

/// The encoded `google.protobuf.FileDescriptorSet` of all files in `proto/` and those they import.
///
/// It holds the comments and the HTTP rules. gRPC reflection serves it as it is.
pub const DESCRIPTOR_SET: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));

/// The descriptors of all messages and services, by full name, such as `zitadel.user.v2beta.SetPhoneRequest`.
///
/// # Panics
/// Never: the set was encoded by the compiler that checked it.
#[must_use]
pub fn pool() -> &'static DescriptorPool {
    #[expect(
        clippy::expect_used,
        reason = "the set was encoded by the compiler that checked it"
    )]
    static POOL: LazyLock<DescriptorPool> =
        LazyLock::new(|| DescriptorPool::decode(DESCRIPTOR_SET).expect("descriptors of this build"));
    &POOL
}
