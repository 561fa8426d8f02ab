/// Fills `bytes` from the operating system's generator.
#[expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    reason = "the one place that asks the operating system; without its generator no code may be drawn at all"
)]
pub(crate) fn fill(bytes: &mut [u8]) {
    getrandom::fill(bytes).expect("the operating system's generator answers");
}
